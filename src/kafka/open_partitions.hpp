#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "kafka/patience.hpp"
#include "kafka/topic_partition.hpp"
#include "kafka/transaction.hpp"
#include "os/file.hpp"

namespace weir::detail::kafka {

/// A partition in which readers of committed messages wait for the end of a transaction, be it anybody's.
struct OpenPartition {
  TopicPartition partition;
  std::int64_t stable_end = 0;  ///< the first offset that they do not see
};

/// Those of the topics. Leaves out a topic that is not there. Waits for brokers that are away.
/// @throws ClientError  that does not pass
[[nodiscard]] std::vector<OpenPartition> open_partitions(const std::set<std::string>& topics,
                                                         const TransactionSettings& settings, Patience& patience);

/// The topics of a segment's records that do not go to the output's own.
/// @throws RecoveryError  if it is damaged
[[nodiscard]] std::set<std::string> topics_of(const os::File& segment);

}  // namespace weir::detail::kafka
