#include "kafka/open_partitions.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

#include "kafka/client_events.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/questions.hpp"
#include "kafka/segment_records.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/until_answered.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::chrono::milliseconds kAnswerLimit{2'000};

// Without the topics that are not there, or may not be seen: an output that writes to them is told so.
Answer<std::vector<TopicPartition>> ask_partitions(rd_kafka_t* client, const TopicChoice& topics) {
  using Found = std::vector<TopicPartition>;
  const Answer<TopicSizes> sizes = ask_sizes(client, topics, kAnswerLimit);
  if (!sizes.value) {
    return no_answer<Found>(sizes.error);
  }
  for (const auto& [topic, error] : sizes.value->failed) {
    if (is_passing(error) && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      return no_answer<Found>(error);
    }
  }
  Found partitions;
  for (const auto& [topic, size] : sizes.value->partitions) {
    for (std::int32_t number = 0; number < size; ++number) {
      partitions.push_back({topic, number});
    }
  }
  return {.value = std::move(partitions)};
}

/// @param all     a client that reads all messages
/// @param stable  one that reads committed messages
Answer<std::vector<OpenPartition>> ask_open(rd_kafka_t* all, rd_kafka_t* stable, const TopicChoice& topics) {
  using Found = std::vector<OpenPartition>;
  const Answer<std::vector<TopicPartition>> partitions = ask_partitions(all, topics);
  if (!partitions.value) {
    return no_answer<Found>(partitions.error);
  }
  // In this order: a transaction that ends between the two is not open.
  const auto ends = ask_offsets(all, *partitions.value, kEndOffset, kAnswerLimit);
  if (!ends.value) {
    return no_answer<Found>(ends.error);
  }
  const auto stable_ends = ask_offsets(stable, *partitions.value, kEndOffset, kAnswerLimit);
  if (!stable_ends.value) {
    return no_answer<Found>(stable_ends.error);
  }
  Found open;
  for (std::size_t i = 0; i < partitions.value->size(); ++i) {
    if ((*stable_ends.value)[i] < (*ends.value)[i]) {
      open.push_back({.partition = (*partitions.value)[i], .stable_end = (*stable_ends.value)[i]});
    }
  }
  return {.value = std::move(open)};
}

}  // namespace

std::vector<OpenPartition> open_partitions(const std::set<std::string>& topics, const TransactionSettings& settings,
                                           Patience& patience) {
  const TopicChoice choice{{topics.begin(), topics.end()}};
  ClientEvents events{settings.log};
  const Reader all = make_reader(settings.output, {}, events, {{"isolation.level", "read_uncommitted"}});
  const Reader stable = make_reader(settings.output, {}, events);
  return until_answered(patience, [&] { return ask_open(all.get(), stable.get(), choice); });
}

std::set<std::string> topics_of(const os::File& segment) {
  std::set<std::string> topics;
  read_records(
      segment,
      [&](const OutputRecord& record) {
        if (!record.topic.empty() && !topics.contains(std::string{record.topic})) {
          topics.emplace(record.topic);
        }
      },
      [] {});
  return topics;
}

}  // namespace weir::detail::kafka
