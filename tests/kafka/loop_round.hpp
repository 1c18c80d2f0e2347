#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <ios>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/loop_figures.hpp"
#include "kafka/loop_program.hpp"
#include "simulation/rng.hpp"

namespace weir::tests::kafka {

enum class Faults : std::uint8_t { kProgram, kBroker, kBrokerKill };
enum class Fault : std::uint8_t { kKill, kPause, kStop, kBroker };
enum class Outcome : std::uint8_t { kExact, kWrong, kWaits };

/// What the command line asks for.
struct Options {
  std::string program;
  std::uint64_t rounds = 1;
  std::uint64_t seed = 1;
  Faults faults = Faults::kProgram;
  bool brief = false;
};

/// How often each thing happened.
struct Counts {
  std::array<std::uint64_t, 4> faults{};  ///< by Fault
  std::uint64_t failures = 0;             ///< starts that ended by themselves with an exit code other than 0

  void add(const Counts& more);
  [[nodiscard]] std::string text() const;
};

/// What is the same in all rounds.
struct Job {
  Options options;
  std::filesystem::path folder{};
  std::string events{};
  Figures expected{};
};

/// The command line of the program, but for recovery.
std::vector<std::string> command(const Job& job, const std::string& output, std::uint64_t workers);

/// How long an undisturbed run may take.
inline constexpr std::chrono::minutes kMostForEnd{4};

/// One output topic and one recovery directory, and faults that come at random.
class Round {
 public:
  Round(const Job& job, std::uint64_t seed);

  Outcome run();

  [[nodiscard]] const Counts& counts() const { return counts_; }
  /// What is wrong, or what it waits for.
  [[nodiscard]] const std::string& words() const { return words_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const std::filesystem::path& log() const { return log_; }

 private:
  std::vector<Fault> choose();
  std::optional<int> let_run();
  [[nodiscard]] bool has_begun() const;
  void make_sure_it_runs();
  void start();
  void note_end(int exit);
  bool disturb(Fault fault);
  void kill();
  void pause();
  bool stop();
  void disturb_broker();
  Outcome finish();
  Outcome look();
  void note(const std::string& what) const;

  const Job* job_;
  simulation::Rng rng_;
  std::filesystem::path folder_;
  std::filesystem::path log_;
  std::streamoff log_before_ = 0;  // the newest start's lines come after it
  std::string topic_;
  std::unique_ptr<LoopProgram> program_;
  bool is_done_ = false;  // the program reached the end of its input
  Counts counts_;
  std::string words_;
};

}  // namespace weir::tests::kafka
