#include <fmt/format.h>

#include "graph/picture.hpp"

namespace weir::detail::graph {
namespace {

std::string_view arrow_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kCall:
      return "-->";
    case EdgeKind::kQueue:
      return "-- queue -->";
    case EdgeKind::kExchange:
      return "== exchange ==>";
  }
  return "";
}

}  // namespace

std::string to_mermaid(const Outline& flow) {
  std::string text = "flowchart LR\n";
  const auto stages = steps_by_stage(flow);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    text += fmt::format("  subgraph stage_{0} [\"stage {0}\"]\n", stage);
    for (const std::size_t step : stages[stage]) {
      text += fmt::format("    s{}[\"{}<br/><i>{}</i>\"]\n", step, flow.steps[step].id, flow.steps[step].op);
    }
    text += "  end\n";
  }
  for (const OutlinedEdge& edge : flow.edges) {
    text += fmt::format("  s{} {} s{}\n", edge.from, arrow_of(edge.kind), edge.to);
  }
  return text;
}

}  // namespace weir::detail::graph
