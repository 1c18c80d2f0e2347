#include "kafka/group_commits.hpp"

#include <utility>

#include <fmt/format.h>

#include "kafka/waits.hpp"

namespace weir::detail::kafka {
GroupCommits::GroupCommits(rd_kafka_t& client, rd_kafka_queue_t& events, std::vector<TopicPartition> partitions,
                           std::string group, const Log& log)
    : client_{&client},
      events_{&events},
      partitions_{std::move(partitions)},
      group_{std::move(group)},
      log_{log},
      all_again_{Clock::now() + waits().commit_again} {}

void GroupCommits::add(std::size_t index, std::int64_t offset) {
  const std::scoped_lock lock{mutex_};
  decided_[index] = offset;
  unsent_[index] = offset;
}

void GroupCommits::send() {
  std::map<std::size_t, std::int64_t> sent;
  {
    const std::scoped_lock lock{mutex_};
    if (Clock::now() >= all_again_) {
      all_again_ = Clock::now() + waits().commit_again;
      unsent_ = decided_;
    }
    if (under_way_ || unsent_.empty()) {
      return;
    }
    sent = std::exchange(unsent_, {});
  }
  const Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(sent.size()))};
  for (const auto& [index, offset] : sent) {
    const TopicPartition& partition = partitions_[index];
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset = offset;
  }
  under_way_ = rd_kafka_commit_queue(client_, list.get(), events_, nullptr, nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void GroupCommits::take(rd_kafka_event_t& result) {
  under_way_ = false;
  rd_kafka_resp_err_t error = rd_kafka_event_error(&result);
  const rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(&result);
  for (int i = 0; list != nullptr && error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; ++i) {
    error = list->elems[i].err;
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && Clock::now() >= next_warning_) {
    next_warning_ = Clock::now() + waits().between_warnings;
    log_.warning(
        fmt::format("positions cannot be committed to group \"{}\", so that tools show an older lag; the run does not "
                    "need them: {}",
                    group_, rd_kafka_err2str(error)));
  }
}

bool GroupCommits::idle() const {
  const std::scoped_lock lock{mutex_};
  return !under_way_ && unsent_.empty();
}

}  // namespace weir::detail::kafka
