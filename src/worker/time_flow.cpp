#include "worker/time_flow.hpp"

#include <algorithm>
#include <utility>

#include "time/least_watermark.hpp"

namespace weir::detail::worker {

std::size_t TimeFlow::add_edge(std::size_t channels) {
  edges_.emplace_back(channels);
  return edges_.size() - 1;
}

std::size_t TimeFlow::add_step(runtime::Operator& op, std::vector<std::size_t> from_steps,
                               std::vector<std::size_t> from_edges) {
  steps_.push_back({&op, std::move(from_steps), std::move(from_edges), op.resumed_watermark(), {}});
  return steps_.size() - 1;
}

void TimeFlow::receive(std::size_t edge, std::size_t channel, Watermark watermark) {
  stale_ = stale_ || edges_[edge][channel] != watermark;
  edges_[edge][channel] = watermark;
}

Watermark TimeFlow::input_of(const Step& step) const {
  time::LeastWatermark least;
  for (const std::size_t from : step.from_steps) {
    least.add(steps_[from].output);
  }
  for (const std::size_t edge : step.from_edges) {
    for (const Watermark& channel : edges_[edge]) {
      least.add(channel);
    }
  }
  return least.result();
}

runtime::Operator::Closing TimeFlow::tell(const runtime::StageState& stage) {
  for (; *telling_ < steps_.size(); ++*telling_) {
    if (stage.gate.suspended()) {
      return runtime::Operator::Closing::kMore;  // what the step before emitted must have passed this one
    }
    Step& step = steps_[*telling_];
    if (const std::optional<Watermark> own = step.op->watermark()) {
      step.output = *own;
      continue;
    }
    const Watermark input = input_of(step);
    const bool advances = input.time > step.told;
    if (advances || step.op->due() <= stage.now) {
      const Time time = std::max(step.told, input.time);
      if (const auto answer = step.op->advance({time, stage.system}); answer != runtime::Operator::Closing::kDone) {
        return answer;
      }
      step.told = time;
    }
    step.output = {step.told, input.idle};
  }
  if (stage.gate.suspended()) {
    return runtime::Operator::Closing::kMore;
  }
  telling_.reset();
  return runtime::Operator::Closing::kDone;
}

runtime::Steady TimeFlow::due() const {
  runtime::Steady due = runtime::Steady::max();
  for (const Step& step : steps_) {
    due = std::min(due, step.op->due());
  }
  return due;
}

}  // namespace weir::detail::worker
