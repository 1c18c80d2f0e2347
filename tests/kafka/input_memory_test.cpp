// How much memory holds what was fetched ahead.

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "kafka/allocated_bytes.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/polled_input.hpp"
#include "kafka/topics.hpp"
#include "weir/kafka.hpp"

namespace weir::tests::kafka {
namespace {

using namespace std::chrono_literals;

std::size_t size_of(const KafkaRecord& record) { return record.value->size(); }

/// How much memory an input takes that is open and not read, when it fetches no more.
std::size_t held_by_unread(const std::string& bootstrap, const std::string& topic, int partitions) {
  PolledInput polled{KafkaInput{KafkaCluster{bootstrap}, {topic}, &size_of}};
  for (int partition = 0; partition < partitions; ++partition) {
    polled.open(topic + "/" + std::to_string(partition));
  }
  const std::size_t before = allocated_bytes();
  polled.poll_until([] { return true; });  // begins to fetch
  std::size_t most = allocated_bytes();
  for (auto last = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - last < 700ms;) {
    if (const std::size_t now = allocated_bytes(); now > most) {
      most = now;
      last = std::chrono::steady_clock::now();
    }
    std::this_thread::sleep_for(1ms);
  }
  return most - before;
}

class AnInputThatIsNotRead : public GivenABroker {};

TEST_F(AnInputThatIsNotRead, WhenAHundredPartitionsHaveLargeMessagesThenTheyTakeAtMost64MiB) {
  constexpr int kPartitions = 100;
  const std::string topic = create_topic(kPartitions);
  std::vector<Record> one_each;
  for (int partition = 0; partition < kPartitions; ++partition) {
    one_each.push_back({.partition = partition, .value = std::string(60'000, 'v')});
  }
  for (int i = 0; i < 12; ++i) {
    produce(topic, one_each);
  }
  const std::size_t held = held_by_unread(broker().bootstrap(), topic, kPartitions);
  EXPECT_LE(held, 64 * kMiB);
  EXPECT_GE(held, 20 * kMiB);
}

TEST_F(AnInputThatIsNotRead, WhenPartitionsHaveManySmallMessagesThenTheyTakeAtMost64MiB) {
  constexpr int kPartitions = 4;
  const std::string topic = create_topic(kPartitions);
  std::vector<Record> records;
  for (int i = 0; i < 160'000; ++i) {
    records.push_back({.partition = i % kPartitions, .value = std::string(70, 'v')});
  }
  produce(topic, records);
  records.clear();
  const std::size_t held = held_by_unread(broker().bootstrap(), topic, kPartitions);
  EXPECT_LE(held, 64 * kMiB);
  EXPECT_GE(held, 10 * kMiB);
}

}  // namespace
}  // namespace weir::tests::kafka
