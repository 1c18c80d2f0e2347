#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::bench {

/// What was measured of one workload at one worker count: the trials of weir and of its opponent, in turn.
struct Result {
  std::string workload;
  std::string opponent;
  std::uint64_t size = 0;  ///< users, lines, numbers, events, items or records
  std::uint64_t workers = 1;
  std::string exchange;  ///< "local", "cereal" or "move"
  std::uint64_t cores = 1;
  std::vector<double> opponent_rates{};        ///< events a second, by pair
  std::vector<double> rates{};                 ///< likewise, of weir
  std::vector<double> opponent_cpu_seconds{};  ///< for a million events, by pair
  std::vector<double> cpu_seconds{};           ///< likewise, of weir
  double opponent_peak_mb = 0;
  double peak_mb = 0;
  /// Events a second of all of as many opponents at once as weir has workers, by pair; nothing: not measured.
  std::optional<std::vector<double>> copies_rates{};

  /// weir's rate by the opponent's, by pair.
  [[nodiscard]] std::vector<double> ratios() const;
  /// The rate of all opponents at once by that of one, by pair: what the machine gives to those that share nothing.
  [[nodiscard]] std::vector<double> ceilings() const;
};

/// What was measured of one workload at one rate: latencies in microseconds, by pair.
struct LatencyResult {
  std::string workload;
  std::string opponent;
  std::uint64_t rate = 0;     ///< events a second
  std::uint64_t seconds = 0;  ///< for so long
  std::uint64_t workers = 1;
  std::string exchange;
  std::uint64_t cores = 1;
  std::vector<double> opponent_p50{};
  std::vector<double> p50{};
  std::vector<double> opponent_p99{};
  std::vector<double> p99{};
  std::vector<double> opponent_p999{};
  std::vector<double> p999{};
  std::vector<double> opponent_max{};
  std::vector<double> max{};
  std::vector<double> opponent_cores_used{};  ///< processor time by time
  std::vector<double> cores_used{};
  std::vector<double> behind{};  ///< of both sides: how late the last event was made

  /// The opponent's p99 by weir's, by pair.
  [[nodiscard]] std::vector<double> ratios() const;
};

using AnyResult = std::variant<Result, LatencyResult>;

/// Writes results as JSON Lines, one a line.
/// @throws std::runtime_error  if the file cannot be written
void write_results(const std::string& path, const std::vector<AnyResult>& results);

/// Reads what `write_results` wrote.
/// @throws UsageError, StepError  if the file cannot be read, or is none of results
std::vector<AnyResult> read_results(const std::string& path);

}  // namespace weir::bench
