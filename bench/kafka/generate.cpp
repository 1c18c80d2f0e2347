// Makes a topic and fills it with events: the same ones in every run.

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "client.hpp"
#include "event.hpp"

namespace {

using namespace weir::bench::kafka;
namespace handles = weir::detail::kafka;

constexpr std::int64_t kFirstTime = 1'700'000'000'000;
constexpr std::array kTypes{"open", "view", "find", "sort", "edit", kClosing};
constexpr int kLimitMilliseconds = 10'000;

struct Job {
  std::string brokers;
  std::string topic;
  std::uint64_t events = 0;
  int partitions = 4;
};

void make_topic(rd_kafka_t* client, const Job& job) {
  std::array<char, 512> words{};
  using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, handles::DestroyedBy<rd_kafka_NewTopic_destroy>>;
  const NewTopic topic{rd_kafka_NewTopic_new(job.topic.c_str(), job.partitions, 1, words.data(), words.size())};
  if (topic == nullptr) {
    throw std::runtime_error{words.data()};
  }
  const handles::Queue queue{rd_kafka_queue_new(client)};
  rd_kafka_NewTopic_t* asked = topic.get();
  rd_kafka_CreateTopics(client, &asked, 1, nullptr, queue.get());
  const handles::Event event{rd_kafka_queue_poll(queue.get(), kLimitMilliseconds)};
  if (event == nullptr) {
    throw std::runtime_error{"the broker does not answer"};
  }
  check(rd_kafka_event_error(event.get()));
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    check(rd_kafka_topic_result_error(results[i]));
  }
}

// Of George Marsaglia, "Xorshift RNGs", 2003.
std::uint64_t next_random(std::uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  return x ^ x << 17;
}

void fill(rd_kafka_t* client, const Job& job) {
  const handles::Topic topic{rd_kafka_topic_new(client, job.topic.c_str(), nullptr)};
  std::uint64_t random = 88'172'645'463'325'252;
  std::string key;
  std::string value;
  for (std::uint64_t i = 0; i < job.events; ++i) {
    random = next_random(random);
    const std::uint64_t user = random % kUsers;
    key = std::to_string(user);
    value = fmt::format(R"({{"user":{},"type":"{}","query":"abc def","time":{}}})", user, kTypes[i % kTypes.size()],
                        kFirstTime + static_cast<std::int64_t>(i));
    produce(client, topic.get(), RD_KAFKA_PARTITION_UA, key, value);
    if (i % 1024 == 0) {
      rd_kafka_poll(client, 0);
    }
  }
  check(rd_kafka_flush(client, 60'000));
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  CLI::App app{"Makes a topic and fills it with events of a million users, the same ones in every run."};
  app.add_option("--brokers", job.brokers, "HOST:PORT")->envname("KAFKA_BOOTSTRAP")->required();
  app.add_option("--topic", job.topic, "The topic to make")->required();
  app.add_option("--events", job.events, "How many events; 0: an empty topic");
  app.add_option("--partitions", job.partitions, "How many partitions");
  CLI11_PARSE(app, argc, argv);
  return exit_code_of([&] {
    const handles::Client client = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", job.brokers},
                                                                   {"enable.idempotence", "true"},
                                                                   {"linger.ms", "5"},
                                                                   {"partitioner", "murmur2_random"}});
    make_topic(client.get(), job);
    fill(client.get(), job);
  });
}
