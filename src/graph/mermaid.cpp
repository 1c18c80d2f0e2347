#include "graph/mermaid.hpp"

#include <optional>

#include <fmt/format.h>

namespace weir::detail::graph {
namespace {

const char* arrow_of(const Plan& plan, std::optional<runtime::EdgeNumber> edge) {
  if (!edge) {
    return "-->";
  }
  return plan.edges()[*edge].factory->local() ? "-- queue -->" : "== exchange ==>";
}

}  // namespace

std::string to_mermaid(const Plan& plan) {
  const auto& steps = plan.graph().steps();
  std::string text = "flowchart LR\n";
  for (std::size_t s = 0; s < plan.stages().size(); ++s) {
    text += fmt::format("  subgraph stage_{0} [\"stage {0}\"]\n", s);
    for (const runtime::StepNumber step : plan.stages()[s].steps) {
      text += fmt::format("    s{}[\"{}<br/><i>{}</i>\"]\n", step.value, steps[step].id, steps[step].op);
    }
    text += "  end\n";
  }
  for (runtime::StepNumber step{0}; step < steps.size(); ++step.value) {
    for (runtime::InputNumber input{0}; input < steps[step].inputs.size(); ++input.value) {
      text += fmt::format("  s{} {} s{}\n", steps[step].inputs[input].from.step.value,
                          arrow_of(plan, plan.edge_into(step, input)), step.value);
    }
  }
  return text;
}

}  // namespace weir::detail::graph
