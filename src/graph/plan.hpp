#pragma once

#include <cstddef>
#include <vector>

#include "weir/detail/graph/graph.hpp"

namespace weir::detail::graph {

/// An edge between two stages.
struct PlannedEdge {
  Port from;
  std::size_t to_step = 0;
  std::size_t to_input = 0;
  const exchange::EdgeFactory* factory = nullptr;
};

/// A stage: the steps that one source, or one set of channels, feeds by direct calls, in the order of the graph.
struct PlannedStage {
  std::vector<std::size_t> steps;
  std::vector<std::size_t> edges_in;   ///< numbers in `Plan::edges`
  std::vector<std::size_t> edges_out;  ///< numbers in `Plan::edges`
  bool source = false;
};

/// How a graph is cut into stages. Stages come in topological order: what feeds a stage has a smaller number.
class Plan {
 public:
  explicit Plan(const Graph& graph);

  [[nodiscard]] const Graph& graph() const noexcept { return *graph_; }
  [[nodiscard]] const std::vector<PlannedStage>& stages() const noexcept { return stages_; }
  [[nodiscard]] const std::vector<PlannedEdge>& edges() const noexcept { return edges_; }
  [[nodiscard]] std::size_t stage_of(std::size_t step) const { return stage_of_[step]; }

 private:
  [[nodiscard]] bool joins_its_producer(const StepSpec& step) const;
  void add_edge(const InputSpec& input, std::size_t to_step, std::size_t to_input);

  const Graph* graph_;
  std::vector<PlannedStage> stages_;
  std::vector<PlannedEdge> edges_;
  std::vector<std::size_t> stage_of_;
};

}  // namespace weir::detail::graph
