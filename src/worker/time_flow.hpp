#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "weir/detail/runtime/numbers.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/time.hpp"

namespace weir::detail::worker {

/// Which step of a stage's flow of time. Converts to its number where one is asked for.
struct TimeStepNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// Which edge that leads to a stage and carries watermarks. Converts to its number where one is asked for.
struct TimeEdgeNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// How far event time has come in each step of a stage on one worker.
///
/// A step's watermark is the least over its inputs: the steps of the stage that push into it, and the channels of the
/// edges that lead to it. A clock has a watermark of its own. A cursor tells the time to the steps in order: a
/// step may emit much when time advances, and the next one hears of the time after that.
class TimeFlow {
 public:
  /// Adds an edge that leads to the stage.
  TimeEdgeNumber add_edge(std::size_t channels);

  /// Adds a step; those that push into it come before it.
  TimeStepNumber add_step(const runtime::StepCode& code, std::vector<TimeStepNumber> from_steps,
                          std::vector<TimeEdgeNumber> from_edges);

  /// Whether no step of the stage hears of the time.
  [[nodiscard]] bool empty() const noexcept { return steps_.empty(); }

  /// What a channel of an edge said.
  void receive(TimeEdgeNumber edge, std::size_t channel, Watermark watermark);

  /// Something may have changed: all steps are to be told.
  void touch() noexcept { stale_ = true; }

  /// Whether steps are to be told of the time: something has come, or one of them wanted to hear by now.
  [[nodiscard]] bool stale(runtime::Steady now) const { return stale_ || due() <= now; }

  /// Whether not all steps have been told yet.
  [[nodiscard]] bool telling() const noexcept { return telling_.has_value(); }

  /// Begins with the first step.
  void begin() noexcept {
    stale_ = false;
    telling_ = TimeStepNumber{0};
  }

  /// Continues telling. kDone when all have been told; else the answer of the step that was not, or kMore while a step
  /// is suspended and has to resume first.
  runtime::Operator::Closing tell(const runtime::StageState& stage);

  /// How far the step's output has come. Holds for what the step has pushed when nothing is being told.
  [[nodiscard]] Watermark output_of(TimeStepNumber step) const { return steps_[step].output; }

  /// How far a step has come, as it was told; nothing if it has no event time.
  [[nodiscard]] std::optional<Time> watermark_of(runtime::StepNumber step) const;

  /// The clocks among the steps.
  [[nodiscard]] std::vector<const runtime::ClockStep*> clocks() const;

  /// When the next step wants to be told.
  [[nodiscard]] runtime::Steady due() const;

 private:
  struct Step {
    runtime::StepNumber number;
    runtime::TimedStep* timed;  ///< null: it does not hear of the time
    runtime::ClockStep* clock;  ///< null: its watermark is that of its inputs
    std::vector<TimeStepNumber> from_steps;
    std::vector<TimeEdgeNumber> from_edges;
    Time told;  ///< its watermark, which never goes back
    Watermark output;
  };

  [[nodiscard]] Watermark input_of(const Step& step) const;

  std::vector<std::vector<Watermark>> edges_;  // by edge and channel
  std::vector<Step> steps_;
  std::optional<TimeStepNumber> telling_;  // the step that is next
  bool stale_ = true;
};

}  // namespace weir::detail::worker
