#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

/// What was measured of one workload at one worker count: the trials of weir and of its opponent, in turn.
struct Result {
  std::string workload;
  std::string opponent;
  std::uint64_t size = 0;  ///< users, lines or records
  std::uint64_t workers = 1;
  std::string exchange;  ///< "local", "cereal" or "move"
  std::uint64_t cores = 1;
  std::vector<double> opponent_rates{};        ///< events a second, by pair
  std::vector<double> rates{};                 ///< likewise, of weir
  std::vector<double> opponent_cpu_seconds{};  ///< for a million events, by pair
  std::vector<double> cpu_seconds{};           ///< likewise, of weir
  double opponent_peak_mb = 0;
  double peak_mb = 0;

  /// weir's rate by the opponent's, by pair.
  [[nodiscard]] std::vector<double> ratios() const;
};

/// Writes results as JSON Lines, one a line.
/// @throws std::runtime_error  if the file cannot be written
void write_results(const std::string& path, const std::vector<Result>& results);

/// Reads what `write_results` wrote.
/// @throws UsageError, StepError  if the file cannot be read, or is none of results
std::vector<Result> read_results(const std::string& path);

}  // namespace weir::bench
