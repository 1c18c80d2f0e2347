#include "worker/time_flow.hpp"

#include <algorithm>
#include <utility>

#include "time/least_watermark.hpp"

namespace weir::detail::worker {

TimeEdgeNumber TimeFlow::add_edge(std::size_t channels) {
  edges_.emplace_back(channels);
  return TimeEdgeNumber{edges_.size() - 1};
}

TimeStepNumber TimeFlow::add_step(const runtime::StepCode& code, std::vector<TimeStepNumber> from_steps,
                                  std::vector<TimeEdgeNumber> from_edges) {
  const Time resumed = code.timed != nullptr ? code.timed->resumed_watermark() : Time::min();
  steps_.push_back({.number = code.op->site().step,
                    .timed = code.timed,
                    .clock = code.clock,
                    .from_steps = std::move(from_steps),
                    .from_edges = std::move(from_edges),
                    .told = resumed,
                    .output = {}});
  return TimeStepNumber{steps_.size() - 1};
}

void TimeFlow::receive(TimeEdgeNumber edge, std::size_t channel, Watermark watermark) {
  stale_ = stale_ || edges_[edge][channel] != watermark;
  edges_[edge][channel] = watermark;
}

Watermark TimeFlow::input_of(const Step& step) const {
  time::LeastWatermark least;
  for (const TimeStepNumber from : step.from_steps) {
    least.add(steps_[from].output);
  }
  for (const TimeEdgeNumber edge : step.from_edges) {
    for (const Watermark& channel : edges_[edge]) {
      least.add(channel);
    }
  }
  return least.result();
}

runtime::Operator::Closing TimeFlow::tell(const runtime::StageState& stage) {
  for (; *telling_ < steps_.size(); ++telling_->value) {
    if (stage.gate.suspended()) {
      return runtime::Operator::Closing::kMore;  // this step must first handle what the step before emitted
    }
    Step& step = steps_[*telling_];
    if (step.clock != nullptr) {
      step.output = step.clock->watermark();
      continue;
    }
    const Watermark input = input_of(step);
    const Time time = std::max(step.told, input.time);
    if (step.timed != nullptr && (time > step.told || step.timed->due() <= stage.now)) {
      if (const auto answer = step.timed->advance({time, stage.system}); answer != runtime::Closing::kDone) {
        return answer;
      }
    }
    step.told = time;
    step.output = {step.told, input.idle};
    if (step.timed != nullptr) {
      step.timed->hear(step.output);
    }
  }
  if (stage.gate.suspended()) {
    return runtime::Operator::Closing::kMore;
  }
  telling_.reset();
  return runtime::Operator::Closing::kDone;
}

std::optional<Time> TimeFlow::watermark_of(runtime::StepNumber step) const {
  const auto found = std::ranges::find(steps_, step, &Step::number);
  return found != steps_.end() ? std::optional{found->output.time} : std::nullopt;
}

std::vector<const runtime::ClockStep*> TimeFlow::clocks() const {
  std::vector<const runtime::ClockStep*> clocks;
  for (const Step& step : steps_) {
    if (step.clock != nullptr) {
      clocks.push_back(step.clock);
    }
  }
  return clocks;
}

runtime::Steady TimeFlow::due() const {
  runtime::Steady due = runtime::Steady::max();
  for (const Step& step : steps_) {
    due = step.timed != nullptr ? std::min(due, step.timed->due()) : due;
    due = step.clock != nullptr ? std::min(due, step.clock->due()) : due;
  }
  return due;
}

}  // namespace weir::detail::worker
