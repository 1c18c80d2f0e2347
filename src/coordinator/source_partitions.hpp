#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/placement.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::coordinator {

/// The names of the partitions of a source; nothing for other steps, and for sources whose partitions have none.
using PartitionNames = std::optional<std::vector<std::string>>;

/// Lists them once, so that all workers deal from the same list.
/// @throws UsageError  if two have one name
[[nodiscard]] PartitionNames list_partitions(const graph::StepSpec& step);

/// Those that the worker of a shard reads, of all that its sources have, by number of the step.
[[nodiscard]] std::vector<PartitionNames> of_shard(const graph::Graph& graph,
                                                   const std::vector<PartitionNames>& partitions,
                                                   const Placement& placement, WorkerIndex worker);

/// For messages.
[[nodiscard]] std::string joined(const std::vector<PartitionNames>& partitions);

}  // namespace weir::detail::coordinator
