#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "interleaving/choices.hpp"
#include "interleaving/fiber.hpp"
#include "interleaving/memory.hpp"

namespace weir::interleaving {

/// A small concurrent program. It is made anew for each execution; all that the fibers share lives in it.
class Scenario {
 public:
  virtual ~Scenario() = default;

  /// How many fibers it has, at most `kMaxFibers`.
  [[nodiscard]] virtual std::size_t fibers() const = 0;
  /// What one fiber does. Nothing on a fiber's stack may own anything: a failed execution does not unwind it.
  virtual void run(FiberIndex fiber) = 0;
  /// Runs after all fibers; returns what is wrong, nothing if all is well.
  [[nodiscard]] virtual std::string check() { return {}; }
};

using MakeScenario = std::function<std::unique_ptr<Scenario>()>;

/// What came of an exploration.
struct Outcome {
  std::uint64_t executions = 0;
  /// Every execution within the preemption bound was taken.
  bool complete = false;
  /// Empty if no execution failed; else the first failure, and every access that led to it.
  std::string failure;
};

/// Runs a scenario over and over, each time with another interleaving and other values where loads may return several.
/// It looks for races, for deadlocks, for fibers that never end, and for whatever the scenario checks.
class Explorer {
 public:
  /// Draws `executions` executions from `seed`. Sleepers also wake up for no reason at times.
  [[nodiscard]] static Outcome random(const MakeScenario& make, std::uint64_t executions, std::uint64_t seed);

  /// Takes every execution that interrupts a fiber which could go on at most `preemptions` times; gives up after
  /// `most_executions`.
  /// @see Source of the method: Musuvathi, Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded
  ///      Programs", PLDI 2007.
  [[nodiscard]] static Outcome exhaustive(const MakeScenario& make, std::size_t preemptions,
                                          std::uint64_t most_executions);

  // What follows is for the models of atomics, futexes and items, and for scenarios.

  /// The one that runs now.
  [[nodiscard]] static Explorer& current();

  /// The fiber that runs, none while the scenario is made, checked and destroyed.
  [[nodiscard]] std::optional<FiberIndex> running() const { return running_; }
  [[nodiscard]] Memory& memory() { return memory_; }
  [[nodiscard]] Choices& choices() { return *choices_; }

  /// Before every access that others can observe: lets another fiber run, or not.
  void yield();

  /// Puts the running fiber to sleep on `at` if it still holds `expected`.
  void sleep(LocationIndex at, std::uint64_t expected);
  /// Wakes one fiber that sleeps on `at`.
  void wake_one(LocationIndex at);

  /// Ends the execution: the scenario is wrong, and `parts`, texts and numbers, tell how. Called by a fiber, to which
  /// it does not return: what the caller's stack owns is leaked, so it takes parts rather than a string made of them.
  template <typename... Parts>
  void fail(const Parts&... parts) {
    (add_to_failure(parts), ...);
    stop();
  }

  /// Adds a line to the trace of a failure that is being repeated.
  template <typename Line>
  void trace(Line line) {
    if (tracing_) {
      trace_ += "\n  fiber " + std::to_string(*running_) + ": " + line();
    }
  }

 private:
  static constexpr std::size_t kMostSteps = 20'000;

  enum class State : std::uint8_t { kRunnable, kAsleep, kDone };

  Explorer(const MakeScenario& make, Choices& choices, std::size_t preemptions, bool sleeps_badly);

  [[nodiscard]] Outcome explore(std::uint64_t most_executions);
  [[nodiscard]] std::string execute();
  void add_to_failure(std::string_view text) { failure_ += text; }
  void add_to_failure(std::uint64_t number) { failure_ += std::to_string(number); }
  void stop();
  void live(FiberIndex self);
  [[nodiscard]] std::size_t list_runnable(std::array<FiberIndex, kMaxFibers>& out,
                                          std::optional<FiberIndex> first) const;
  void leave(FiberIndex self);
  void resume(FiberIndex fiber, Fiber& from);

  const MakeScenario& make_;
  Choices* choices_;
  const std::size_t preemptions_;
  const bool sleeps_badly_;
  bool tracing_ = false;

  Memory memory_;
  Fiber thread_;
  std::vector<std::unique_ptr<Fiber>> fibers_;

  // Of one execution:
  std::unique_ptr<Scenario> scenario_;
  std::array<State, kMaxFibers> states_{};
  std::array<LocationIndex, kMaxFibers> beds_{};
  std::optional<FiberIndex> running_;
  std::size_t fiber_count_ = 0;
  std::size_t steps_ = 0;
  std::size_t preempted_ = 0;
  std::string failure_;
  std::string trace_;
};

}  // namespace weir::interleaving
