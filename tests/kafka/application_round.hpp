#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kafka/loop_figures.hpp"
#include "kafka/loop_program.hpp"
#include "kafka/topics.hpp"
#include "simulation/rng.hpp"

namespace weir::tests::kafka {

/// What is the same in all rounds of an application.
struct ApplicationJob {
  std::string program;
  std::filesystem::path folder;
  std::vector<Record> events;
  Figures expected;
  std::uint64_t faults = 10;  ///< in a round
  bool restarts_broker = false;
  bool kills_broker = false;
};

/// How often each thing happened.
struct ApplicationCounts {
  std::uint64_t kills = 0;
  std::uint64_t pauses = 0;
  std::uint64_t leaves = 0;
  std::uint64_t joins = 0;
  std::uint64_t brokers = 0;
  std::uint64_t failures = 0;  ///< processes that ended by themselves

  void add(const ApplicationCounts& more);
  [[nodiscard]] std::string text() const;
};

/// An application of three processes that read a topic while it grows, and faults that come at random.
class ApplicationRound {
 public:
  ApplicationRound(const ApplicationJob& job, std::uint64_t seed);

  /// Empty if each user's figures are there, once and in order.
  std::string run();

  [[nodiscard]] const ApplicationCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Process {
    std::unique_ptr<LoopProgram> program;
    Clock::time_point paused_until{};
    bool paused = false;
  };

  void start();
  void feed(std::size_t most);
  void look_after_processes();
  void fail();
  void disturb_broker();
  void note(const std::string& what) const;
  std::string finish();
  std::string wait_for_figures();

  const ApplicationJob* job_;
  simulation::Rng rng_;
  std::filesystem::path folder_;
  std::string events_;
  std::string figures_;
  std::string name_;
  std::vector<Process> processes_;
  std::size_t fed_ = 0;
  std::uint64_t started_ = 0;
  ApplicationCounts counts_;
};

}  // namespace weir::tests::kafka
