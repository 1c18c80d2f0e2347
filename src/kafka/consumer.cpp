#include "kafka/consumer.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kafka/configuration.hpp"

namespace weir::detail::kafka {
namespace {

// What waits in the queues of all partitions may take 64 MiB. librdkafka's own limits are for each partition. It stops
// to fetch when a queue has its share of bytes, of keys and values alone, or its share of messages, each of which takes
// some 330 bytes more. It notices that after a whole fetch, so that a queue may have one more.
constexpr std::size_t kQueuedBytes = std::size_t{32} << 20;
constexpr std::size_t kFetchedBytes = std::size_t{2} << 20;
constexpr std::size_t kMessageBytes = 1'024;  // with larger ones the share of bytes is reached before that of messages
constexpr std::size_t kLeastFetchedBytes = std::size_t{64} << 10;
constexpr std::size_t kMostFetchedBytes = std::size_t{1} << 20;

constexpr int kHasQueueBackoff = 0x020200ff;  // librdkafka 2.2

// What users set wins. A client stops to fetch when a queue has its share. Before librdkafka 2.2 it looks again only
// after up to a second, unless it is told; see `run_dry`.
void limit_queues(rd_kafka_conf_t* configuration, const Reading& reading, std::size_t partitions) {
  const auto limit = [&](const std::string& name, std::size_t value) {
    if (!reading.properties.contains(name) && !reading.cluster.properties().contains(name)) {
      rd_kafka_conf_set(configuration, name.c_str(), std::to_string(value).c_str(), nullptr, 0);
    }
  };
  const std::size_t share = kQueuedBytes / std::max(partitions, std::size_t{1});
  limit("queued.max.messages.kbytes", std::max(share, kLeastFetchedBytes) / 1024);
  limit("queued.min.messages", std::max(share / kMessageBytes, std::size_t{100}));
  limit("fetch.message.max.bytes",
        std::clamp(kFetchedBytes / std::max(partitions, std::size_t{1}), kLeastFetchedBytes, kMostFetchedBytes));
  if (rd_kafka_version() >= kHasQueueBackoff) {
    limit("fetch.queue.backoff.ms", 5);
  }
}

const char* offset_reset(KafkaMissing missing) {
  switch (missing) {
    case KafkaMissing::kEarliest:
      return "earliest";
    case KafkaMissing::kLatest:
      return "latest";
    case KafkaMissing::kRefuse:
      break;
  }
  return "error";
}

void wake(rd_kafka_t* /*client*/, void* waker) { static_cast<const Waker*>(waker)->wake(); }

}  // namespace

Consumer::Consumer(const Reading& reading, const OpenContext& context)
    : reading_{reading},
      log_{context.log},
      client_log_{std::make_shared<ClientLog>(log_)},
      restart_{context.restart},
      // The client assigns nothing without a name, which no one commits to.
      group_{reading.group.value_or(context.flow.empty() ? std::string{"weir"}
                                                         : fmt::format("weir.{}.{}", context.flow, context.step))},
      starts_{std::make_unique<StartPositions>(reading_, log_)} {
  warn_of_known_problem(reading_.cluster.properties(), reading_.properties, log_);
}

Consumer::~Consumer() {
  watch_.reset();
  partitions_.clear();
  if (client_ != nullptr && !end_client(std::move(client_), client_log_)) {
    log_.warning("Kafka's client does not end, since partitions are gone that it has read; it is left alone");
  }
}

Consumer::Opened Consumer::open(const std::string& name, const std::optional<std::string>& position, Waker waker) {
  if (starts_ == nullptr) {
    throw std::logic_error{"a partition of Kafka is opened in a run that reads already"};
  }
  Opened opened{.index = 0, .start = starts_->of(name, position)};
  opened.index = conditions_.add(waker);
  partitions_.push_back({.start = opened.start, .waker = waker});
  return opened;
}

rd_kafka_queue_t* Consumer::queue(std::size_t index) {
  const std::scoped_lock lock{mutex_};
  if (watch_ == nullptr) {
    begin();
  }
  return partitions_[index].queue.get();
}

void Consumer::begin() {
  starts_.reset();
  make_client();
  std::vector<TopicPartition> all;
  std::ranges::transform(partitions_, std::back_inserter(all),
                         [](const Partition& partition) { return partition.start.partition; });
  watch_ = std::make_unique<ConsumerWatch>(ConsumerWatch::Of{.reading = &reading_,
                                                             .client = client_.get(),
                                                             .partitions = std::move(all),
                                                             .conditions = &conditions_,
                                                             .log = log_,
                                                             .restart = restart_});
  assign();
}

void Consumer::make_client() {
  Conf configuration = make_configuration(RD_KAFKA_CONSUMER, reading_.cluster.brokers(), reading_.cluster.properties(),
                                          reading_.properties,
                                          {{"isolation.level", "read_committed"},
                                           {"auto.offset.reset", offset_reset(reading_.missing)},
                                           {"enable.auto.commit", "false"},
                                           {"enable.auto.offset.store", "false"},
                                           {"enable.partition.eof", "true"},
                                           {"group.id", group_}});
  limit_queues(configuration.get(), reading_, partitions_.size());
  client_log_->take_from(*configuration);
  rd_kafka_conf_set_events(configuration.get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT);
  client_ = kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration));
}

// Only offsets that are given here: seek and pause had bugs (librdkafka 2190, 3471). A queue that is not forwarded
// before is emptied into the client's own.
void Consumer::assign() {
  const Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size()))};
  for (Partition& partition : partitions_) {
    if (!partition.open || (reading_.stop_at_end && partition.start.at.offset >= partition.start.end)) {
      continue;
    }
    const auto& [topic, number] = partition.start.partition;
    // Kept, since asking again for that of a partition that is gone makes the client's end wait for ever.
    partition.queue.reset(rd_kafka_queue_get_partition(client_.get(), topic.c_str(), number));
    rd_kafka_queue_forward(partition.queue.get(), nullptr);
    rd_kafka_queue_cb_event_enable(partition.queue.get(), &wake, &partition.waker);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), number)->offset = partition.start.at.offset;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error{fmt::format("Kafka's client does not take the partitions: {}", rd_kafka_err2str(error))};
  }
}

std::optional<std::int64_t> Consumer::high(std::size_t index) const {
  const std::scoped_lock lock{mutex_};
  const TopicPartition& partition = partitions_[index].start.partition;
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (client_ == nullptr || rd_kafka_get_watermark_offsets(client_.get(), partition.topic.c_str(), partition.number,
                                                           &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return high >= 0 ? std::optional{high} : std::nullopt;
}

void Consumer::commit(std::size_t index, std::int64_t offset) {
  const std::scoped_lock lock{mutex_};
  if (watch_ != nullptr) {
    watch_->commit(index, offset);
  }
}

void Consumer::report_missing(std::size_t index, std::int64_t offset) {
  const std::scoped_lock lock{mutex_};
  watch_->report_missing(index, offset);
}

void Consumer::run_dry(std::size_t index, std::int64_t offset) {
  if (rd_kafka_version() < kHasQueueBackoff && high(index).value_or(0) > offset) {
    const std::scoped_lock lock{mutex_};
    watch_->fetch_now(index);
  }
}

void Consumer::close(std::size_t index) {
  conditions_.close(index);
  const std::scoped_lock lock{mutex_};
  Partition& partition = partitions_[index];
  partition.open = false;
  if (partition.queue != nullptr) {
    rd_kafka_queue_cb_event_enable(partition.queue.get(), nullptr, nullptr);
    partition.queue.reset();
  }
}

}  // namespace weir::detail::kafka
