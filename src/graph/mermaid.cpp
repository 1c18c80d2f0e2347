#include "graph/mermaid.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace weir::detail::graph {

std::string to_mermaid(const Plan& plan) {
  const auto& steps = plan.graph().steps();
  std::string text = "flowchart LR\n";
  for (std::size_t s = 0; s < plan.stages().size(); ++s) {
    text += fmt::format("  subgraph stage_{0} [\"stage {0}\"]\n", s);
    for (const std::size_t step : plan.stages()[s].steps) {
      text += fmt::format("    s{}[\"{}<br/><i>{}</i>\"]\n", step, steps[step].id, steps[step].op);
    }
    text += "  end\n";
  }
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (std::size_t input = 0; input < steps[step].inputs.size(); ++input) {
      const auto edge = std::ranges::find_if(plan.edges(), [&](const PlannedEdge& planned) {
        return planned.to_step == step && planned.to_input == input;
      });
      const bool direct = edge == plan.edges().end();
      const char* const arrow = direct ? "-->" : edge->factory->local() ? "-- queue -->" : "== exchange ==>";
      text += fmt::format("  s{} {} s{}\n", steps[step].inputs[input].from.step, arrow, step);
    }
  }
  return text;
}

}  // namespace weir::detail::graph
