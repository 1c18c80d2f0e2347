#pragma once

#include <cstddef>
#include <vector>

#include "weir/detail/graph/graph.hpp"

namespace weir::graph {

/// An edge between two stages.
struct PlannedEdge {
  detail::Port from;
  std::size_t to_step = 0;
  std::size_t to_input = 0;
  const detail::EdgeFactory* factory = nullptr;
};

/// A stage: the steps that one input queue feeds by direct calls, in the order of the graph.
struct PlannedStage {
  std::vector<std::size_t> steps;
  std::vector<std::size_t> edges_in;   ///< numbers in `Plan::edges`
  std::vector<std::size_t> edges_out;  ///< numbers in `Plan::edges`
  bool source = false;
};

/// How a graph is cut into stages. Stages come in topological order: what feeds a stage has a smaller number.
class Plan {
 public:
  explicit Plan(const detail::Graph& graph);

  [[nodiscard]] const detail::Graph& graph() const noexcept { return *graph_; }
  [[nodiscard]] const std::vector<PlannedStage>& stages() const noexcept { return stages_; }
  [[nodiscard]] const std::vector<PlannedEdge>& edges() const noexcept { return edges_; }
  [[nodiscard]] std::size_t stage_of(std::size_t step) const { return stage_of_[step]; }

 private:
  [[nodiscard]] bool joins_its_producer(const detail::StepSpec& step) const;
  void add_edge(const detail::InputSpec& input, std::size_t to_step, std::size_t to_input);

  const detail::Graph* graph_;
  std::vector<PlannedStage> stages_;
  std::vector<PlannedEdge> edges_;
  std::vector<std::size_t> stage_of_;
};

}  // namespace weir::graph
