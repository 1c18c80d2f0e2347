#pragma once

#include <string>
#include <vector>

#include "application/shard_log.hpp"
#include "weir/kafka/cluster.hpp"

namespace weir::detail::application {

/// Reads the state of an application, of all its shards, as it is now. Its processes may run meanwhile.
/// @throws UsageError     if there is no such application, or no broker answers for 10 s
/// @throws RecoveryError  if its state is damaged
[[nodiscard]] std::vector<ShardLog> read_state(const KafkaCluster& cluster, const std::string& id);

}  // namespace weir::detail::application
