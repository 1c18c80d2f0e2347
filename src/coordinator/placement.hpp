#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/detail/exchange/shard.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::coordinator {

/// Which shards the workers of a run have, where many processes run one dataflow. A worker has one shard: it reads the
/// partition of that number of each topic, and has the states of the keys there. So a shard's answer does not depend on
/// the process that has it, nor on the other shards there.
struct Placement {
  std::uint32_t count = 1;            ///< shards of all processes
  std::vector<std::uint32_t> shards;  ///< by worker

  [[nodiscard]] WorkerCount workers() const { return {static_cast<std::uint32_t>(shards.size())}; }
};

/// A partition of a topic by the name that a source gives it: TOPIC/NUMBER.
struct TopicPart {
  std::string_view topic;
  std::uint32_t number = 0;

  [[nodiscard]] static TopicPart of(std::string_view name);
};

/// The partitions, among those of a source, that are of a shard.
/// @throws RecoveryError  if a topic has not as many partitions as there are shards
[[nodiscard]] std::vector<std::string> partitions_of_shard(const std::string& step_id,
                                                           const std::vector<std::string>& partitions,
                                                           const Placement& placement, WorkerIndex worker);

/// Refuses dataflows that shards cannot run.
/// @param brokers  of the cluster that the application is on
/// @throws UsageError  that names the step, and says what to do
void check_shards(const graph::Graph& graph, const std::string& brokers);

}  // namespace weir::detail::coordinator
