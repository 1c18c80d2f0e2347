// The opponent of job.cpp: the same job by librdkafka alone. It counts events by user, and sends the count of each
// event that closes, in one transaction a second with the offsets. It does not keep the counts: after a crash they are
// wrong.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <weir/json_reader.hpp>

#include "client.hpp"
#include "event.hpp"

namespace {

using namespace weir::bench::kafka;
namespace handles = weir::detail::kafka;
using Clock = std::chrono::steady_clock;

constexpr int kLimitMilliseconds = 30'000;
constexpr const char* kGroup = "plain";

struct Job {
  std::string brokers;
  std::string topic;
  std::string output;
  int partitions = 4;
};

/// Reads all partitions of a topic from their first messages to their ends.
class Topic {
 public:
  explicit Topic(const Job& job)
      : name_{job.topic},
        next_(static_cast<std::size_t>(job.partitions)),
        client_{make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", job.brokers},
                                                {"group.id", kGroup},
                                                {"isolation.level", "read_committed"},
                                                {"enable.auto.commit", "false"},
                                                {"enable.partition.eof", "true"}})} {
    rd_kafka_poll_set_consumer(client_.get());
    const handles::Partitions list{rd_kafka_topic_partition_list_new(job.partitions)};
    for (int number = 0; number < job.partitions; ++number) {
      rd_kafka_topic_partition_list_add(list.get(), job.topic.c_str(), number)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    check(rd_kafka_assign(client_.get(), list.get()));
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
  }

  [[nodiscard]] bool ended() const { return ends_ == next_.size(); }

  /// Calls `take(value)` for some messages.
  template <typename Take>
  void read(Take take) {
    constexpr std::size_t kBatch = 4096;
    messages_.resize(kBatch);
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 100, messages_.data(), kBatch);
    for (ssize_t i = 0; i < count; ++i) {
      const handles::Message message{messages_[static_cast<std::size_t>(i)]};
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ++ends_;
        continue;
      }
      check(message->err);
      next_[static_cast<std::size_t>(message->partition)] = message->offset + 1;
      take(std::string_view{static_cast<const char*>(message->payload), message->len});
    }
  }

  /// The next offset of each partition.
  [[nodiscard]] handles::Partitions offsets() const {
    handles::Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(next_.size()))};
    for (std::size_t number = 0; number < next_.size(); ++number) {
      rd_kafka_topic_partition_list_add(list.get(), name_.c_str(), static_cast<std::int32_t>(number))->offset =
          next_[number];
    }
    return list;
  }

 private:
  std::string name_;
  std::vector<std::int64_t> next_;
  handles::Client client_;
  handles::Queue queue_;
  std::vector<rd_kafka_message_t*> messages_;
  std::size_t ends_ = 0;
};

void read_only(const Job& job) {
  Topic topic{job};
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  while (!topic.ended()) {
    topic.read([&](std::string_view value) {
      ++events;
      bytes += value.size();
    });
  }
  fmt::print("{} events, {} bytes\n", events, bytes);
}

/// Sends counts, in transactions.
class Counts {
 public:
  explicit Counts(const Job& job)
      : client_{make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", job.brokers},
                                                {"transactional.id", fmt::format("plain.{}", job.output)},
                                                {"partitioner", "murmur2_random"},
                                                {"linger.ms", "5"},
                                                {"queue.buffering.max.messages", "1000000"}})},
        topic_{rd_kafka_topic_new(client_.get(), job.output.c_str(), nullptr)} {
    check(handles::Error{rd_kafka_init_transactions(client_.get(), kLimitMilliseconds)});
    begin();
  }

  void send(std::uint64_t user, std::uint64_t count) {
    key_ = std::to_string(user);
    value_ = std::to_string(count);
    produce(client_.get(), topic_.get(), RD_KAFKA_PARTITION_UA, key_, value_);
  }

  void commit_each_second(const Topic& from) {
    rd_kafka_poll(client_.get(), 0);
    if (Clock::now() - begun_ >= std::chrono::seconds{1}) {
      commit(from);
      begin();
    }
  }

  void commit(const Topic& from) {
    const handles::Partitions offsets = from.offsets();
    const Group group{rd_kafka_consumer_group_metadata_new(kGroup)};
    check(handles::Error{
        rd_kafka_send_offsets_to_transaction(client_.get(), offsets.get(), group.get(), kLimitMilliseconds)});
    check(handles::Error{rd_kafka_commit_transaction(client_.get(), kLimitMilliseconds)});
  }

 private:
  using Group = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                handles::DestroyedBy<rd_kafka_consumer_group_metadata_destroy>>;

  void begin() {
    check(handles::Error{rd_kafka_begin_transaction(client_.get())});
    begun_ = Clock::now();
  }

  handles::Client client_;
  handles::Topic topic_;
  Clock::time_point begun_;
  std::string key_;
  std::string value_;
};

void count(const Job& job) {
  Counts output{job};
  Topic topic{job};
  weir::JsonReader reader{event_shape()};
  Event event;
  std::unordered_map<std::uint64_t, std::uint64_t> counts;
  counts.reserve(kUsers);
  std::uint64_t events = 0;
  while (!topic.ended()) {
    topic.read([&](std::string_view value) {
      reader.read(value, event);
      const std::uint64_t count = ++counts[event.user];
      if (event.type == kClosing) {
        output.send(event.user, count);
      }
      ++events;
    });
    output.commit_each_second(topic);
  }
  output.commit(topic);
  fmt::print("{} events, {} users\n", events, counts.size());
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  CLI::App app{"Counts the events of a topic by user with librdkafka alone; without --output it only reads them."};
  app.add_option("--brokers", job.brokers, "HOST:PORT")->envname("KAFKA_BOOTSTRAP")->required();
  app.add_option("--topic", job.topic, "The topic to read")->required();
  app.add_option("--output", job.output, "The topic for the counts");
  app.add_option("--partitions", job.partitions, "How many partitions the topic has");
  CLI11_PARSE(app, argc, argv);
  return exit_code_of([&] { job.output.empty() ? read_only(job) : count(job); });
}
