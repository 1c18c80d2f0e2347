#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kafka/handles.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Commits decided positions to a consumer group, as advice to those who watch its lag.
class GroupCommits {
 public:
  /// @param events  gets the results
  GroupCommits(rd_kafka_t& client, rd_kafka_queue_t& events, std::vector<TopicPartition> partitions, std::string group,
               const Log& log);

  /// A newer position of a partition. From any thread.
  void add(std::size_t index, std::int64_t offset);

  // The others are for one thread.

  /// Sends positions, unless a commit is under way. All of them once an hour, since brokers forget old ones of groups
  /// without members.
  void send();

  /// Takes the result of a commit.
  void take(rd_kafka_event_t& result);

  /// Whether there is nothing left to send, and no commit under way.
  [[nodiscard]] bool idle() const;

 private:
  using Clock = std::chrono::steady_clock;

  rd_kafka_t* client_;
  rd_kafka_queue_t* events_;
  std::vector<TopicPartition> partitions_;
  std::string group_;
  Log log_;
  bool under_way_ = false;
  Clock::time_point all_again_;
  Clock::time_point next_warning_;

  mutable std::mutex mutex_;
  std::map<std::size_t, std::int64_t> decided_;
  std::map<std::size_t, std::int64_t> unsent_;
};

}  // namespace weir::detail::kafka
