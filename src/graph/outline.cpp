#include "graph/outline.hpp"

#include <optional>
#include <variant>

namespace weir::detail::graph {
namespace {

using runtime::EdgeNumber;
using runtime::InputNumber;
using runtime::StepNumber;

std::string_view kind_of(const StepSpec& step) {
  if (step.source() != nullptr) {
    return "source";
  }
  if (step.sink() != nullptr) {
    return "sink";
  }
  if (step.keyed() != nullptr) {
    return "keyed";
  }
  return step.is_clock() ? "clock" : "plain";
}

EdgeKind kind_of(const Plan& plan, std::optional<EdgeNumber> edge) {
  if (!edge) {
    return EdgeKind::kCall;
  }
  return plan.edges()[*edge].factory->local() ? EdgeKind::kQueue : EdgeKind::kExchange;
}

}  // namespace

std::string_view name_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kCall:
      return "call";
    case EdgeKind::kQueue:
      return "queue";
    case EdgeKind::kExchange:
      return "exchange";
  }
  return "";
}

Outline outline(const Plan& plan) {
  Outline flow{.name = plan.graph().name(), .stages = plan.stages().size(), .steps = {}, .edges = {}};
  const auto& steps = plan.graph().steps();
  for (StepNumber step{0}; step < steps.size(); ++step.value) {
    flow.steps.push_back({steps[step].id, steps[step].op, kind_of(steps[step]), plan.stage_of(step)});
    for (InputNumber input{0}; input < steps[step].inputs.size(); ++input.value) {
      const Port from = steps[step].inputs[input].from;
      const std::optional<EdgeNumber> edge = plan.edge_into(step, input);
      flow.edges.push_back({from.step, from.output, step, kind_of(plan, edge), edge});
    }
  }
  return flow;
}

std::vector<std::vector<std::size_t>> steps_by_stage(const Outline& flow) {
  std::vector<std::vector<std::size_t>> stages(flow.stages);
  for (std::size_t step = 0; step < flow.steps.size(); ++step) {
    stages[flow.steps[step].stage].push_back(step);
  }
  return stages;
}

}  // namespace weir::detail::graph
