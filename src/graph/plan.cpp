#include "graph/plan.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::detail::graph {

using runtime::EdgeNumber;
using runtime::InputNumber;
using runtime::StageNumber;
using runtime::StepNumber;

Plan::Plan(const Graph& graph) : graph_{&graph} {
  const auto& steps = graph.steps();
  for (StepNumber s{0}; s < steps.size(); ++s.value) {
    const StepSpec& step = steps[s];
    auto& edges_into = edges_into_.emplace_back(step.inputs.size());
    if (joins_its_producer(step)) {
      stage_of_.push_back(stage_of(step.inputs.front().from.step));
      stages_[stage_of_.back()].steps.push_back(s);
      continue;
    }
    stage_of_.push_back(StageNumber{stages_.size()});
    stages_.push_back({.steps = {s}});
    for (InputNumber i{0}; i < step.inputs.size(); ++i.value) {
      edges_into[i] = add_edge(step.inputs[i], s, i);
    }
  }
}

// A step is called directly if all that feeds it comes from one stage and stays on its worker.
bool Plan::joins_its_producer(const StepSpec& step) const {
  if (step.inputs.empty()) {
    return false;
  }
  const StageNumber stage = stage_of(step.inputs.front().from.step);
  return std::ranges::all_of(step.inputs, [&](const InputSpec& input) {
    return input.exchange == nullptr && stage_of(input.from.step) == stage;
  });
}

EdgeNumber Plan::add_edge(const InputSpec& input, StepNumber to_step, InputNumber to_input) {
  const exchange::EdgeFactory* const factory = input.exchange != nullptr ? input.exchange.get() : input.border.get();
  assert(factory != nullptr && "a step whose only input stays on its worker is in the stage that feeds it");
  assert(stage_of(input.from.step) < stage_of(to_step) &&
         "a stage is fed by earlier ones only, or the stages had a cycle");
  edges_.push_back({input.from, to_step, to_input, factory});
  return EdgeNumber{edges_.size() - 1};
}

}  // namespace weir::detail::graph
