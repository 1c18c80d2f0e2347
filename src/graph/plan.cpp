#include "graph/plan.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::detail::graph {

Plan::Plan(const Graph& graph) : graph_{&graph} {
  const auto& steps = graph.steps();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const StepSpec& step = steps[s];
    if (joins_its_producer(step)) {
      stage_of_.push_back(stage_of_[step.inputs.front().from.step]);
      stages_[stage_of_.back()].steps.push_back(s);
      continue;
    }
    stage_of_.push_back(stages_.size());
    stages_.push_back({.steps = {s}, .edges_in = {}, .edges_out = {}, .source = step.source});
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      add_edge(step.inputs[i], s, i);
    }
  }
}

// A step is called directly if all that feeds it comes from one stage and stays on its worker.
bool Plan::joins_its_producer(const StepSpec& step) const {
  if (step.inputs.empty()) {
    return false;
  }
  const std::size_t stage = stage_of_[step.inputs.front().from.step];
  return std::ranges::all_of(step.inputs, [&](const InputSpec& input) {
    return input.exchange == nullptr && stage_of_[input.from.step] == stage;
  });
}

void Plan::add_edge(const InputSpec& input, std::size_t to_step, std::size_t to_input) {
  const exchange::EdgeFactory* const factory = input.exchange != nullptr ? input.exchange.get() : input.border.get();
  assert(factory != nullptr && "a step whose only input stays on its worker is in the stage that feeds it");
  const std::size_t from_stage = stage_of_[input.from.step];
  assert(from_stage < stage_of_[to_step] && "a stage is fed by earlier ones only, or the stages had a cycle");
  stages_[from_stage].edges_out.push_back(edges_.size());
  stages_[stage_of_[to_step]].edges_in.push_back(edges_.size());
  edges_.push_back({input.from, to_step, to_input, factory});
}

}  // namespace weir::detail::graph
