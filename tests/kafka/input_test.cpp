#include "weir/kafka/input.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/text_of.hpp"
#include "kafka/topics.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

struct Order {
  std::string id;
  int price = 0;
  friend bool operator==(const Order&, const Order&) = default;
};

auto order_fields() { return fields<Order>("id", "price"); }

// A value as an item.
class InputOfATopic : public GivenABroker {
 protected:
  [[nodiscard]] KafkaCluster cluster() const { return KafkaCluster{broker().bootstrap()}; }

  template <typename S>
  static std::vector<typename S::Item> items_of(const S& source, std::size_t workers = 2) {
    Dataflow flow{"tested"};
    ::weir::testing::Collected<typename S::Item> items;
    flow.input("input", source) | op::output("out", items);
    RunOptions options;
    options.workers = workers;
    ::weir::run(flow, options);
    return items.items();
  }

  [[nodiscard]] std::vector<std::string> texts(const std::vector<std::string>& topics, std::size_t workers = 2) const {
    return items_of(KafkaInput{cluster(), topics, &text_of}.stop_at_end(), workers);
  }
};

TEST_F(InputOfATopic, WhenValuesAreJsonThenAShapeReadsThem) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", R"({"id":"a","price":3})");
  produce(topic, 0, std::nullopt, R"({"price":4,"id":"b","more":[1]})");
  EXPECT_THAT(items_of(KafkaInput{cluster(), {topic}, order_fields()}.stop_at_end()),
              ElementsAre(Order{"a", 3}, Order{"b", 4}));
}

TEST_F(InputOfATopic, WhenMessagesAreReadWholeThenNothingOfThemIsMissing) {
  const std::string topic = create_topic(2);
  produce(topic, 1, "key", "value", {{"h", "1"}, {"h", std::nullopt}, {"empty", ""}}, 1'700'000'000'123);
  produce(topic, 1, "", "", {}, 1);
  produce(topic, 1, std::nullopt, std::nullopt, {}, 2);
  const Time time{std::chrono::milliseconds{1'700'000'000'123}};
  EXPECT_THAT(items_of(kafka_messages(cluster(), {topic}).stop_at_end()),
              ElementsAre(KafkaMessage{.topic = topic,
                                       .partition = 1,
                                       .offset = 0,
                                       .time = time,
                                       .key = "key",
                                       .value = "value",
                                       .headers = {{"h", "1"}, {"h", std::nullopt}, {"empty", ""}}},
                          KafkaMessage{.topic = topic,
                                       .partition = 1,
                                       .offset = 1,
                                       .time = Time{std::chrono::milliseconds{1}},
                                       .key = "",
                                       .value = "",
                                       .headers = {}},
                          KafkaMessage{.topic = topic,
                                       .partition = 1,
                                       .offset = 2,
                                       .time = Time{std::chrono::milliseconds{2}},
                                       .key = std::nullopt,
                                       .value = std::nullopt,
                                       .headers = {}}));
}

TEST_F(InputOfATopic, WhenAMessageHasNoTimeThenTheItemHasNone) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "v", {}, -1);
  const std::vector<KafkaMessage> messages = items_of(kafka_messages(cluster(), {topic}).stop_at_end());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].time, std::nullopt);
}

TEST_F(InputOfATopic, WhenADecoderEmitsThenEachMessageMayBecomeSeveralItemsOrNone) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "3");
  produce(topic, 0, "k", "0");
  produce(topic, 0, "k", "2");
  const auto repeat = [](const KafkaRecord& record, Emit<int>& emit) {
    const int count = std::stoi(std::string{*record.value});
    for (int i = 0; i < count; ++i) {
      emit(count);
    }
  };
  EXPECT_THAT(items_of(KafkaInput{cluster(), {topic}, repeat}.stop_at_end()), ElementsAre(3, 3, 3, 2, 2));
}

TEST_F(InputOfATopic, WhenADecoderReturnsNoneThenTheMessageIsLeftOut) {
  const std::string topic = create_topic();
  produce(topic, 0, "a", "1");
  produce(topic, 0, "b", "2");
  const auto of_b = [](const KafkaRecord& record) {
    return record.key == "b" ? std::optional{std::string{*record.value}} : std::nullopt;
  };
  EXPECT_THAT(items_of(KafkaInput{cluster(), {topic}, of_b}.stop_at_end()), ElementsAre("2"));
}

TEST_F(InputOfATopic, WhenItHasManyPartitionsThenAnyNumberOfWorkersReadsEachMessageOnceAndInOrder) {
  constexpr int kPartitions = 5;
  constexpr int kEach = 400;
  const std::string topic = create_topic(kPartitions);
  std::vector<Record> records;
  for (int i = 0; i < kEach; ++i) {
    for (int partition = 0; partition < kPartitions; ++partition) {
      records.push_back({.partition = partition, .key = std::to_string(partition), .value = std::to_string(i + 1)});
    }
  }
  produce(topic, records);
  for (const std::size_t workers : {1U, 2U, 4U, 7U}) {
    std::vector<Record> read;
    for (KafkaMessage& message : items_of(kafka_messages(cluster(), {topic}).stop_at_end(), workers)) {
      read.push_back({.partition = message.partition, .key = message.key, .value = message.value});
    }
    expect_in_order(read, kPartitions, kEach);
  }
}

// Above its limits, librdkafka before 2.2 does not fetch for a second: with a limit of 1,000 messages this took 10 s.
TEST_F(InputOfATopic, WhenManyMessagesWaitThenFetchingDoesNotStop) {
  constexpr std::size_t kMessages = 100'000;
  const std::string topic = create_topic();
  produce(topic, std::vector<Record>(kMessages, Record{.key = "k", .value = std::string(100, 'v')}));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(texts({topic}).size(), kMessages);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{6});
}

TEST_F(InputOfATopic, WhenAPatternIsGivenThenAllTopicsThatMatchAreReadAndInternalOnesAreNot) {
  const std::string prefix = unique_name("pattern");
  create_topic_named(prefix + ".a", 1);
  create_topic_named(prefix + ".b", 2);
  create_topic_named("__" + prefix, 1);
  create_topic_named("other." + prefix + ".a", 1);
  produce(prefix + ".a", 0, "k", "1");
  produce(prefix + ".b", 1, "k", "2");
  produce("other." + prefix + ".a", 0, "k", "3");
  const auto input = KafkaInput{cluster(), {"^" + prefix + R"(\.[ab]$)", "^_*" + prefix}, &text_of}.stop_at_end();
  EXPECT_THAT(input.partitions(), ElementsAre(prefix + ".a/0", prefix + ".b/0", prefix + ".b/1"));
  EXPECT_THAT(items_of(input), UnorderedElementsAre("1", "2"));
}

TEST_F(InputOfATopic, WhenATopicIsNotThereThenTheRunIsRefusedByName) {
  const ChangedWaits waits{[](auto& of) { of.missing_topic = std::chrono::milliseconds{200}; }};
  const std::string topic = unique_name("absent");
  try {
    static_cast<void>(texts({create_topic(), topic}));
    FAIL() << "it ran";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("topic \"" + topic + "\""));
    EXPECT_THAT(error.what(), HasSubstr(broker().bootstrap()));
  }
  EXPECT_THROW(static_cast<void>(texts({"^" + topic})), UsageError);
}

TEST_F(InputOfATopic, WhenTheBrokerIsNotThereThenTheRunIsRefusedWithTheWordsOfTheClient) {
  const ChangedWaits waits{[](auto& of) { of.first_answer = std::chrono::milliseconds{500}; }};
  const auto input = KafkaInput{KafkaCluster{"127.0.0.1:1"}, {"orders"}, &text_of};
  try {
    static_cast<void>(input.partitions());
    FAIL() << "it answers";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:1"));
    EXPECT_THAT(error.what(), HasSubstr("no answer within 0.5 s"));
    EXPECT_THAT(error.what(), HasSubstr("refused"));
  }
}

TEST_F(InputOfATopic, WhenARecordIsBadThenTheRunFailsAndNamesItsPlace) {
  const std::string topic = create_topic(2);
  produce(topic, 1, "k", R"({"id":"a","price":3})");
  produce(topic, 1, "k", R"({"id":"a","price":"much"})");
  try {
    static_cast<void>(items_of(KafkaInput{cluster(), {topic}, order_fields()}.stop_at_end()));
    FAIL() << "it ran";
  } catch (const StepError& error) {
    EXPECT_THAT(error.what(), HasSubstr(topic + "/1 offset 1: byte 19 of the value: "));
  }
}

TEST_F(InputOfATopic, WhenBadRecordsAreTakenThenEachIsGivenWithItsPlaceAndValue) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", R"({"id":"a","price":3})");
  produce(topic, 0, "k", "no JSON");
  produce(topic, 0, "k", std::nullopt);
  produce(topic, 0, "k", "\xff");
  produce(topic, 0, "k", R"({"id":"b","price":4})");
  Dataflow flow{"tested"};
  ::weir::testing::Collected<Order> orders;
  ::weir::testing::Collected<BadRecord> bad;
  const auto [good, rejected] = flow.try_input("orders", KafkaInput{cluster(), {topic}, order_fields()}.stop_at_end());
  good | op::output("good", orders);
  rejected | op::output("bad", bad);
  ::weir::run(flow);
  EXPECT_THAT(orders.items(), ElementsAre(Order{"a", 3}, Order{"b", 4}));
  const std::vector<BadRecord> records = bad.items();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].input, "orders");
  EXPECT_THAT(records[0].error, StartsWith(topic + "/0 offset 1: byte 2 of the value: "));
  EXPECT_EQ(records[0].record, "no JSON");
  EXPECT_THAT(records[1].error, HasSubstr("/0 offset 2: the message has no value (a tombstone)"));
  EXPECT_EQ(records[1].record, "");
  EXPECT_THAT(records[2].error, HasSubstr("/0 offset 3: byte 1 of the value is 0xff"));
}

TEST_F(InputOfATopic, WhenADecoderThrowsThenTheRecordIsBad) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "x");
  produce(topic, 0, "k", "1");
  const auto number = [](const KafkaRecord& record) { return std::stoi(text_of(record)); };
  Dataflow flow{"tested"};
  ::weir::testing::Collected<int> numbers;
  flow.input("numbers", KafkaInput{cluster(), {topic}, number}.stop_at_end(), OnBadRecord::skip()) |
      op::output("out", numbers);
  ::weir::run(flow);
  EXPECT_THAT(numbers.items(), ElementsAre(1));
}

TEST_F(InputOfATopic, WhenTombstonesAreSkippedThenTheyAreNoBadRecords) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", std::nullopt);
  produce(topic, 0, "k", R"({"id":"a","price":3})");
  produce(topic, 0, "k", std::nullopt);
  EXPECT_THAT(items_of(KafkaInput{cluster(), {topic}, order_fields()}.stop_at_end().tombstones(KafkaTombstones::kSkip)),
              ElementsAre(Order{"a", 3}));
}

TEST_F(InputOfATopic, WhenItEndsBehindAbortedAndOpenTransactionsThenItStopsAtWhatIsDecided) {
  const std::string topic = create_topic(2);
  produce(topic, 0, "k", "before");
  Transaction aborted;
  aborted.produce(topic, {{.partition = 0, .key = "k", .value = "aborted"}});
  aborted.abort();
  EXPECT_THAT(texts({topic}), ElementsAre("before")) << "the end is a marker";
  Transaction committed;
  committed.produce(topic, {{.partition = 1, .key = "k", .value = "committed"}});
  committed.commit();
  Transaction open;
  open.produce(topic, {{.partition = 0, .key = "k", .value = "open"}});
  produce(topic, 0, "k", "after");
  EXPECT_THAT(texts({topic}), UnorderedElementsAre("before", "committed"));
  open.commit();
  EXPECT_THAT(texts({topic}), UnorderedElementsAre("before", "open", "after", "committed"));
}

TEST_F(InputOfATopic, WhenAllIsAbortedOrEmptyThenItEndsAtOnce) {
  const std::string topic = create_topic(3);
  Transaction aborted;
  aborted.produce(topic, {{.partition = 0, .key = "k", .value = "aborted"}});
  aborted.abort();
  EXPECT_THAT(texts({topic}), IsEmpty());
}

}  // namespace
}  // namespace weir::tests::kafka
