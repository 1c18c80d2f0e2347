#include "weir/kafka/output.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/topics.hpp"
#include "weir/kafka.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

template <typename T>
void run_to(std::vector<T> items, auto output) {
  Dataflow flow{"writes"};
  const std::size_t count = items.size();
  flow.input("input", testing::detail::Paced<T>{{std::move(items)}, count + 1}) | op::output("out", std::move(output));
  RunOptions options;
  options.workers = 2;
  weir::run(flow, options);
}

template <typename Error>
std::string error_of(auto run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The hash of Java's clients, as their source has it (org.apache.kafka.common.utils.Utils, 4.4).
std::int32_t murmur2_of_java(std::string_view bytes) {
  constexpr std::uint32_t kFactor = 0x5bd1e995;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  std::uint32_t hash = 0x9747b28cU ^ static_cast<std::uint32_t>(bytes.size());
  const std::size_t words = bytes.size() / 4;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t k = byte(4 * i) | byte(4 * i + 1) << 8 | byte(4 * i + 2) << 16 | byte(4 * i + 3) << 24;
    k *= kFactor;
    k ^= k >> 24;
    hash = (hash * kFactor) ^ (k * kFactor);
  }
  const std::size_t rest = bytes.size() % 4;
  for (std::size_t i = rest; i > 0; --i) {
    hash ^= byte(4 * words + i - 1) << (8 * (i - 1));
  }
  if (rest > 0) {
    hash *= kFactor;
  }
  hash = (hash ^ (hash >> 13)) * kFactor;
  return static_cast<std::int32_t>(hash ^ (hash >> 15));
}

class Output : public GivenABroker {
 protected:
  [[nodiscard]] KafkaCluster cluster() const { return KafkaCluster{broker().bootstrap()}; }
};

TEST_F(Output, WhenRecordsHaveKeysThenTheyAreWhereJavaPutsThem) {
  // Of Kafka's own tests.
  ASSERT_EQ(murmur2_of_java("21"), -973932308);
  ASSERT_EQ(murmur2_of_java("foobar"), -790332482);
  ASSERT_EQ(murmur2_of_java("a-little-bit-long-string"), -985981536);
  ASSERT_EQ(murmur2_of_java("a-little-bit-longer-string"), -1486304829);
  ASSERT_EQ(murmur2_of_java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  ASSERT_EQ(murmur2_of_java("abc"), 479470107);
  constexpr std::int32_t kPartitions = 7;
  const std::string topic = create_topic(kPartitions);
  std::vector<std::pair<std::string, int>> items{{"", 0}};
  for (int i = 1; i <= 600; ++i) {
    items.emplace_back("key" + std::string(static_cast<std::size_t>(i % 11), 'x') + std::to_string(i), i);
  }
  run_to(items, KafkaOutput{cluster(), topic, kafka_keyed<std::string>(JsonAsIs<int>{})});
  const std::vector<Record> records = read_all(topic);
  EXPECT_EQ(records.size(), items.size());
  for (const Record& record : records) {
    ASSERT_TRUE(record.key);
    EXPECT_EQ(record.partition, (murmur2_of_java(*record.key) & 0x7FFFFFFF) % kPartitions) << *record.key;
  }
}

TEST_F(Output, WhenAFormatMakesWholeRecordsThenTheyComeAsTheyWere) {
  const std::string topic = create_topic(2);
  const std::string other = create_topic(1);
  const auto format = [&other](int item, KafkaRecordWriter& record) {
    if (item == 0) {
      record.partition(1)
          .key("k")
          .value("v")
          .time(Time{1'700'000'000'000ms})
          .header("h", "1")
          .header("h", std::nullopt);
    } else if (item == 1) {
      record.partition(1).key("");
    } else {
      record.topic(other).value("");
    }
  };
  run_to(std::vector<int>{0, 1, 2}, KafkaOutput{cluster(), topic, format});
  const std::vector<Record> records = read_all(topic);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0], (Record{.partition = 1,
                                .key = "k",
                                .value = "v",
                                .headers = {{"h", "1"}, {"h", std::nullopt}},
                                .time_ms = 1'700'000'000'000,
                                .offset = 0}));
  EXPECT_EQ(records[1].key, "");
  EXPECT_EQ(records[1].value, std::nullopt);
  EXPECT_GT(records[1].time_ms, 1'700'000'000'000);
  const std::vector<Record> others = read_all(other);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].key, std::nullopt);
  EXPECT_EQ(others[0].value, "");
}

TEST_F(Output, WhenMessagesAreWrittenWholeThenKeyValueHeadersAndTimeStay) {
  const std::string topic = create_topic();
  const KafkaMessage message{.topic = "elsewhere",
                             .partition = 7,
                             .offset = 3,
                             .time = Time{1'700'000'000'001ms},
                             .key = std::nullopt,
                             .value = std::string("\0\xff", 2),
                             .headers = {{"n", ""}}};
  run_to(std::vector{message}, KafkaOutput{cluster(), topic, KafkaWhole{}});
  const std::vector<Record> records = read_all(topic);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0], (Record{.partition = 0,
                                .key = std::nullopt,
                                .value = std::string("\0\xff", 2),
                                .headers = {{"n", ""}},
                                .time_ms = 1'700'000'000'001,
                                .offset = 0}));
}

TEST_F(Output, WhenTheTopicIsNotThereThenTheRunIsRefusedWithTheBrokersWords) {
  const std::string topic = unique_name("missing");
  const std::string error = error_of<UsageError>(
      [&] { run_to(std::vector{1}, KafkaOutput{cluster(), topic, kafka_value(JsonAsIs<int>{})}); });
  EXPECT_THAT(error, AllOf(HasSubstr(topic), HasSubstr("UNKNOWN_TOPIC_OR_PART")));
}

TEST(OutputGivenNoBroker, WhenItStartsThenItIsRefusedSoon) {
  const ChangedWaits waits{[](auto& of) { of.first_answer = 500ms; }};
  const std::string error = error_of<UsageError>(
      [] { run_to(std::vector{1}, KafkaOutput{KafkaCluster{"127.0.0.1:1"}, "topic", kafka_value(JsonAsIs<int>{})}); });
  EXPECT_THAT(error, AllOf(HasSubstr("\"topic\" cannot be written"), HasSubstr("no answer in 0.5 s")));
}

TEST_F(Output, WhenARecordIsLargerThanTheTopicTakesThenTheRunNamesIt) {
  const std::string topic = create_topic(1, {{"max.message.bytes", "2000"}});
  const auto format = [](const std::string& value, KafkaRecordWriter& record) { record.key("u77").value(value); };
  const std::vector<std::string> small(200, std::string(1'800, 'x'));  // more than a batch may have
  run_to(small, KafkaOutput{cluster(), topic, format});
  EXPECT_EQ(read_all(topic).size(), small.size());
  const std::string error =
      error_of<StepError>([&] { run_to(std::vector{std::string(1'950, 'y')}, KafkaOutput{cluster(), topic, format}); });
  EXPECT_THAT(error, AllOf(HasSubstr("step \"out\""), HasSubstr("\"u77\""), HasSubstr("\"yyyy"), HasSubstr("2000")));
  const std::string other = error_of<StepError>(
      [&] { run_to(std::vector{std::string(1'000'001, 'z')}, KafkaOutput{cluster(), create_topic(), format}); });
  EXPECT_THAT(other, HasSubstr("\"message.max.bytes\" is 1000000"));
}

TEST_F(Output, WhenATimeIsNoneThatKafkaTakesThenTheRunNamesTheRecord) {
  const std::string topic = create_topic();
  const auto format = [](Time time, KafkaRecordWriter& record) { record.key("u77").value("v").time(time); };
  const auto error = [&](Time time) {
    return error_of<StepError>([&] { run_to(std::vector{time}, KafkaOutput{cluster(), topic, format}); });
  };
  EXPECT_THAT(error(Time{}), AllOf(HasSubstr("step \"out\""), HasSubstr("key \"u77\" and value \"v\"")));
  EXPECT_THAT(error(Time{-5ms}), HasSubstr("-5 ms"));
  EXPECT_THAT(error(std::chrono::system_clock::now() + 2h), HasSubstr("ahead of this machine's clock"));
  EXPECT_TRUE(read_all(topic).empty());
}

class OutputGivenABrokerToRestart : public GivenABrokerToRestart {};

// The run ends well, and then the topic cannot be read within a minute: not understood yet, in two tries of two.
TEST_F(OutputGivenABrokerToRestart, WhenTheBrokerIsKilledThenTheRunWaitsAndEveryRecordIsThere) {
  const std::string topic = create_topic();
  std::vector<int> items(4'000);
  std::iota(items.begin(), items.end(), 0);
  std::promise<void> reached;
  std::promise<void> gone;
  Dataflow flow{"writes"};
  flow.input("input", testing::detail::Paced<int>{{items}, items.size() + 1}) | op::inspect("pause", [&](int item) {
    if (item == 2'000) {
      reached.set_value();
      gone.get_future().wait();
    }
  }) | op::output("out", KafkaOutput{KafkaCluster{broker().bootstrap()}, topic, kafka_value(JsonAsIs<int>{})});
  RunOptions options;
  options.workers = 1;
  std::future<void> run = std::async(std::launch::async, [&] { weir::run(flow, options); });
  reached.get_future().wait();
  broker().kill();
  gone.set_value();
  broker().restart();
  run.get();
  std::set<std::int64_t> numbers;
  for (const Record& record : read_all(topic)) {
    numbers.insert(number_of_value(record));
  }
  EXPECT_EQ(numbers.size(), items.size());
}

}  // namespace
}  // namespace weir::tests::kafka
