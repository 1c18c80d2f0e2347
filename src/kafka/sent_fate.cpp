#include "kafka/sent_fate.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/questions.hpp"
#include "kafka/until_answered.hpp"

namespace weir::detail::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kOffsetsLimit{2'000};
constexpr std::chrono::milliseconds kReadLimit{10'000};
constexpr int kPollMilliseconds = 500;

std::vector<std::int64_t> offsets(rd_kafka_t* client, const std::vector<TopicPartition>& partitions, std::int64_t which,
                                  Patience& patience) {
  return until_answered(patience, [&] { return ask_offsets(client, partitions, which, kOffsetsLimit); });
}

// The last record of each is committed if it can be read; if it is aborted, the next message or the end is what comes.
void read_last(rd_kafka_t* client, std::vector<SentPartition> over, SentFate& fate) {
  const Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(over.size()))};
  for (const SentPartition& sent : over) {
    rd_kafka_topic_partition_list_add(list.get(), sent.partition.topic.c_str(), sent.partition.number)->offset =
        sent.last;
  }
  rd_kafka_assign(client, list.get());
  for (const Clock::time_point end = Clock::now() + kReadLimit; !over.empty() && Clock::now() < end;) {
    const Message message{rd_kafka_consumer_poll(client, kPollMilliseconds)};
    if (message == nullptr || message->rkt == nullptr ||
        (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)) {
      continue;
    }
    const auto found = std::ranges::find(over, TopicPartition{rd_kafka_topic_name(message->rkt), message->partition},
                                         &SentPartition::partition);
    if (found != over.end()) {
      fate.committed = fate.committed || (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset == found->last);
      over.erase(found);
    }
  }
  rd_kafka_assign(client, nullptr);
  std::ranges::transform(over, std::back_inserter(fate.unknown), &SentPartition::partition);
}

}  // namespace

SentFate fate_of(const SentEpoch& sent, const TransactionSettings& settings, Patience& patience) {
  SentFate fate;
  if (sent.partitions.empty()) {
    return fate;
  }
  ClientEvents events{settings.log};
  const Reader reader = make_reader(settings.output, settings.group, events, {{"enable.partition.eof", "true"}});
  std::vector<TopicPartition> partitions;
  std::ranges::transform(sent.partitions, std::back_inserter(partitions), &SentPartition::partition);
  const std::vector<std::int64_t> begins = offsets(reader.get(), partitions, kFirstOffset, patience);
  const std::vector<std::int64_t> stable_ends = offsets(reader.get(), partitions, kEndOffset, patience);
  std::vector<SentPartition> over;
  for (std::size_t i = 0; i < sent.partitions.size(); ++i) {
    const SentPartition& each = sent.partitions[i];
    if (stable_ends[i] == each.first) {
      fate.hanging.push_back(each);
    } else if (stable_ends[i] < each.first || begins[i] > each.last) {
      fate.unknown.push_back(each.partition);
    } else {
      over.push_back(each);
    }
  }
  read_last(reader.get(), std::move(over), fate);
  return fate;
}

}  // namespace weir::detail::kafka
