#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "application/edge_sink.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/kafka/cluster.hpp"

namespace weir::detail::application {

/// Which edges by key go through topics, as a user asks for it.
struct Repartition {
  bool all = false;
  std::vector<std::string> steps{};  ///< ids of keyed steps
};

/// Whether the items of a step's input go through a topic: if they are asked to, or if their keys have no place among
/// the partitions of a topic that somebody else writes.
[[nodiscard]] bool leaves(const graph::StepSpec& step, const graph::InputSpec& input, const Repartition& asked);

/// @throws UsageError  if a step that is asked for is not there, or gets no items by key, or if an input ends while
/// items
///                     go through a topic
void check_repartition(const graph::Graph& graph, const Repartition& asked);

/// A dataflow in which edges by key are topics: in place of each edge there is an output, step STEP.send, and an input,
/// step STEP.items. All other steps are those of the dataflow that it is made of, which outlives it.
class TopicEdges {
 public:
  TopicEdges(const graph::Graph& of, const Repartition& asked, const KafkaCluster& cluster, const std::string& id,
             std::uint32_t shards);

  [[nodiscard]] const graph::Graph& graph() const noexcept { return *graph_; }
  [[nodiscard]] const std::deque<TopicEdge>& edges() const noexcept { return edges_; }

 private:
  graph::InputSpec through_topic(const graph::StepSpec& step, std::size_t input, graph::Port from,
                                 const std::string& id, std::uint32_t shards);
  [[nodiscard]] graph::Port port_of(graph::Port of) const;

  KafkaCluster cluster_;
  std::unique_ptr<graph::Graph> graph_;
  std::deque<TopicEdge> edges_;               // which keep their addresses
  std::vector<runtime::StepNumber> numbers_;  // by number in the old graph
};

}  // namespace weir::detail::application
