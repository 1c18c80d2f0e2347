#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/edge_kind.hpp"
#include "graph/plan.hpp"

namespace weir::detail::graph {

/// A step, as a picture shows it.
struct OutlinedStep {
  std::string id;
  std::string op;         ///< the operator's name: "map", "reduce"
  std::string_view kind;  ///< "source", "clock", "keyed", "sink"; "plain" for all others
  std::size_t stage = 0;
};

/// An input of a step, and the output that feeds it.
struct OutlinedEdge {
  std::size_t from = 0;    ///< number of a step
  std::size_t output = 0;  ///< number of its output
  std::size_t to = 0;
  EdgeKind kind = EdgeKind::kCall;
  std::optional<runtime::EdgeNumber> channels{};  ///< those of the plan; nothing for a call
};

/// What pictures show of a dataflow. Steps come in topological order, and so do stages: what feeds one has a smaller
/// number. All edges between stages lead to the first step of a stage.
struct Outline {
  std::string name;
  std::size_t stages = 0;
  std::vector<OutlinedStep> steps;
  std::vector<OutlinedEdge> edges;  ///< by the step that they lead to, and its inputs
};

[[nodiscard]] Outline outline(const Plan& plan);

/// The steps of each stage, in the order of the outline.
[[nodiscard]] std::vector<std::vector<std::size_t>> steps_by_stage(const Outline& flow);

}  // namespace weir::detail::graph
