#pragma once

#include <vector>

#include "kafka/patience.hpp"
#include "kafka/sent_epoch.hpp"
#include "kafka/topic_partition.hpp"
#include "kafka/transaction.hpp"

namespace weir::detail::kafka {

/// What became of an epoch's records, by the partitions that have them. They were sent in one transaction; but a broker
/// that starts again may leave the transaction open in some partitions though it is over (Kafka 4.4).
struct SentFate {
  bool committed = false;               ///< readers see the records of a partition
  std::vector<SentPartition> hanging;   ///< readers wait there for the end of this transaction
  std::vector<TopicPartition> unknown;  ///< another transaction is open before it, or the records are deleted
};

/// Looks when nothing more can happen to the transaction: its producer is fenced. Waits for brokers that are away.
/// @throws ClientError  that does not pass
[[nodiscard]] SentFate fate_of(const SentEpoch& sent, const TransactionSettings& settings, Patience& patience);

}  // namespace weir::detail::kafka
