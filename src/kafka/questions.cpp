#include "kafka/questions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace weir::detail::kafka {
namespace {

// Makes the client know topics, since it asks for those that it knows.
std::vector<Topic> know(rd_kafka_t* client, const std::vector<std::string>& names) {
  std::vector<Topic> topics;
  topics.reserve(names.size());
  for (const std::string& name : names) {
    topics.emplace_back(rd_kafka_topic_new(client, name.c_str(), nullptr));
  }
  return topics;
}

// The offsets, or the first error of a partition.
template <typename T, typename Take>
Answer<std::vector<T>> taken(const rd_kafka_topic_partition_list_t& list, const std::vector<TopicPartition>& order,
                             Take take) {
  Answer<std::vector<T>> answer;
  std::vector<T> offsets;
  offsets.reserve(order.size());
  for (const TopicPartition& partition : order) {
    const rd_kafka_topic_partition_t* const found = rd_kafka_topic_partition_list_find(
        const_cast<rd_kafka_topic_partition_list_t*>(&list),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
        partition.topic.c_str(), partition.number);
    const rd_kafka_resp_err_t error = found != nullptr ? found->err : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      answer.error = error;
      answer.about = partition.name();
      return answer;
    }
    offsets.push_back(take(found->offset));
  }
  answer.value = std::move(offsets);
  return answer;
}

}  // namespace

Answer<TopicSizes> ask_sizes(rd_kafka_t* client, const TopicChoice& topics, std::chrono::milliseconds limit) {
  const std::vector<Topic> known = know(client, topics.names());
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, topics.has_patterns() ? 1 : 0, nullptr, &raw, static_cast<int>(limit.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer<TopicSizes>(error);
  }
  const Metadata metadata{raw};
  TopicSizes sizes;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (!topics.have(topic.topic)) {
      continue;
    }
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      sizes.failed[topic.topic] = topic.err;
    } else {
      sizes.partitions[topic.topic] = topic.partition_cnt;
    }
  }
  for (const std::string& name : topics.names()) {
    if (!sizes.partitions.contains(name)) {
      sizes.failed.try_emplace(name, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    }
  }
  return {.value = std::move(sizes)};
}

Answer<std::vector<std::int64_t>> ask_offsets(rd_kafka_t* client, const std::vector<TopicPartition>& partitions,
                                              std::int64_t time, std::chrono::milliseconds limit) {
  if (partitions.empty()) {
    return {.value = std::vector<std::int64_t>{}};
  }
  // The request is the same for times and for both ends, so one is enough for all partitions of a broker;
  // rd_kafka_query_watermark_offsets takes two for each partition.
  const Partitions list = make_list(partitions, time);
  const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(limit.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer<std::vector<std::int64_t>>(error);
  }
  return taken<std::int64_t>(*list, partitions, [](std::int64_t offset) { return offset; });
}

Answer<std::vector<std::optional<std::int64_t>>> ask_committed(rd_kafka_t* client,
                                                               const std::vector<TopicPartition>& partitions,
                                                               std::chrono::milliseconds limit) {
  using Offsets = std::vector<std::optional<std::int64_t>>;
  if (partitions.empty()) {
    return {.value = Offsets{}};
  }
  const Partitions list = make_list(partitions, RD_KAFKA_OFFSET_INVALID);
  const rd_kafka_resp_err_t error = rd_kafka_committed(client, list.get(), static_cast<int>(limit.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return no_answer<Offsets>(error);
  }
  return taken<std::optional<std::int64_t>>(
      *list, partitions, [](std::int64_t offset) { return offset >= 0 ? std::optional{offset} : std::nullopt; });
}

bool is_passing(rd_kafka_resp_err_t error) {
  // Authorization, unknown groups and the like stay as they are.
  constexpr std::array kPassing{RD_KAFKA_RESP_ERR__TIMED_OUT,
                                RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
                                RD_KAFKA_RESP_ERR__TRANSPORT,
                                RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                                RD_KAFKA_RESP_ERR__RESOLVE,
                                RD_KAFKA_RESP_ERR__WAIT_COORD,
                                RD_KAFKA_RESP_ERR__WAIT_CACHE,
                                RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
                                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
                                RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                                RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                                RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
                                RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                                RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT};
  return std::ranges::find(kPassing, error) != kPassing.end();
}

}  // namespace weir::detail::kafka
