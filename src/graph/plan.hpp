#pragma once

#include <optional>
#include <vector>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/numbers.hpp"

namespace weir::detail::graph {

/// An edge between two stages.
struct PlannedEdge {
  Port from;
  runtime::StepNumber to_step;
  runtime::InputNumber to_input;
  const exchange::EdgeFactory* factory = nullptr;
};

/// A stage: the steps that one source, or one set of channels, feeds by direct calls, in the order of the graph.
struct PlannedStage {
  std::vector<runtime::StepNumber> steps;
};

/// How a graph is cut into stages. Stages come in topological order: what feeds a stage has a smaller number.
class Plan {
 public:
  explicit Plan(const Graph& graph);

  [[nodiscard]] const Graph& graph() const noexcept { return *graph_; }
  [[nodiscard]] const std::vector<PlannedStage>& stages() const noexcept { return stages_; }
  [[nodiscard]] const std::vector<PlannedEdge>& edges() const noexcept { return edges_; }
  [[nodiscard]] runtime::StageNumber stage_of(runtime::StepNumber step) const { return stage_of_[step]; }

  /// The edge that leads to an input of a step; nothing if the step is called directly.
  [[nodiscard]] std::optional<runtime::EdgeNumber> edge_into(runtime::StepNumber step,
                                                             runtime::InputNumber input) const {
    return edges_into_[step][input];
  }

 private:
  [[nodiscard]] bool joins_its_producer(const StepSpec& step) const;
  runtime::EdgeNumber add_edge(const InputSpec& input, runtime::StepNumber to_step, runtime::InputNumber to_input);

  const Graph* graph_;
  std::vector<PlannedStage> stages_;
  std::vector<PlannedEdge> edges_;
  std::vector<runtime::StageNumber> stage_of_;                               // by step
  std::vector<std::vector<std::optional<runtime::EdgeNumber>>> edges_into_;  // by step and input
};

}  // namespace weir::detail::graph
