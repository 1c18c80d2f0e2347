#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "graph/picture.hpp"

namespace weir::detail::graph {
namespace {

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

std::string_view colours_of(std::string_view kind) {
  if (kind == "source") {
    return ", color=\"#2f855a\", fillcolor=\"#e6f4ea\"";
  }
  if (kind == "sink") {
    return ", color=\"#3361b8\", fillcolor=\"#e6eefc\"";
  }
  return kind == "keyed" ? ", color=\"#a1640f\", fillcolor=\"#fdf3e1\"" : "";
}

std::string_view style_of(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kCall:
      return "";
    case EdgeKind::kQueue:
      return " [label=\"queue\", style=dashed]";
    case EdgeKind::kExchange:
      return " [label=\"exchange\", penwidth=3]";
  }
  return "";
}

/// Writes the steps of one stage, and clusters for the steps that are made of them.
class StageWriter {
 public:
  StageWriter(const Outline& flow, std::size_t stage, std::string& to) : flow_{flow}, stage_{stage}, to_{to} {}

  /// @param within  how many letters of their ids name the steps that these are in
  void write(const std::vector<std::size_t>& steps, std::size_t within, std::size_t indent) {
    std::map<std::string_view, std::vector<std::size_t>> inner;
    for (const std::size_t step : steps) {
      if (const std::string_view outer = outer_of(step, within); !outer.empty()) {
        inner[outer].push_back(step);
      } else {
        const OutlinedStep& shown = flow_.steps[step];
        to_ += fmt::format("{:{}}s{} [label={}{}];\n", "", indent, step, in_quotes(shown.id + '\n' + shown.op),
                           colours_of(shown.kind));
      }
    }
    for (const auto& [outer, its_steps] : inner) {
      to_ += fmt::format("{:{}}subgraph {} {{\n{:{}}label={};\n", "", indent,
                         in_quotes(fmt::format("cluster_{}_{}", stage_, outer)), "", indent + 2, in_quotes(outer));
      write(its_steps, outer.size() + 1, indent + 2);
      to_ += fmt::format("{:{}}}}\n", "", indent);
    }
  }

 private:
  /// The step of at least two steps that this one is in; empty if it is in none.
  [[nodiscard]] std::string_view outer_of(std::size_t step, std::size_t within) const {
    const std::string_view id = flow_.steps[step].id;
    const std::size_t dot = id.find('.', within);
    if (dot == std::string_view::npos) {
      return {};
    }
    const std::string_view prefix = id.substr(0, dot + 1);
    const auto in_it = [prefix](const OutlinedStep& other) { return other.id.starts_with(prefix); };
    return std::ranges::count_if(flow_.steps, in_it) > 1 ? id.substr(0, dot) : std::string_view{};
  }

  const Outline& flow_;
  std::size_t stage_;
  std::string& to_;
};

}  // namespace

std::string to_dot(const Outline& flow) {
  std::string text = fmt::format(
      "digraph {0} {{\n"
      "  graph [label={0}, labelloc=t, rankdir=LR, fontname=\"sans-serif\", style=rounded, color=\"#8a94a6\"];\n"
      "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n",
      in_quotes(flow.name));
  const auto stages = steps_by_stage(flow);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    text += fmt::format("  subgraph cluster_{0} {{\n    label=\"stage {0}\";\n", stage);
    StageWriter{flow, stage, text}.write(stages[stage], 0, 4);
    text += "  }\n";
  }
  for (const OutlinedEdge& edge : flow.edges) {
    text += fmt::format("  s{} -> s{}{};\n", edge.from, edge.to, style_of(edge.kind));
  }
  return text + "}\n";
}

}  // namespace weir::detail::graph
