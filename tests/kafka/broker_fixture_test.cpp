#include "kafka/broker_fixture.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "kafka/topics.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> values_of(const std::vector<Record>& records) {
  std::vector<std::string> values;
  for (const Record& record : records) {
    values.push_back(record.value.value_or("absent"));
  }
  return values;
}

class TopicGivenABroker : public GivenABroker {};

TEST_F(TopicGivenABroker, WhenRecordsAreProducedThenTheyAreReadAsTheyWere) {
  const std::string topic = create_topic(2);
  const Record full{
      .partition = 1, .key = "k", .value = "v", .headers = {{"h", "1"}, {"h", std::nullopt}}, .time_ms = 5};
  const Record bare{.partition = 0, .key = "", .value = std::nullopt, .headers = {}, .time_ms = 6};
  produce(topic, {full, bare});
  std::vector<Record> records = read_all(topic);
  ASSERT_EQ(records.size(), 2U);
  for (Record& record : records) {
    EXPECT_EQ(record.offset, 0);
    record.offset = -1;
  }
  EXPECT_THAT(records, ElementsAre(bare, full));
  EXPECT_THAT(end_offsets(topic), ElementsAre(1, 1));
}

TEST_F(TopicGivenABroker, WhenATransactionIsOpenOrAbortedThenItsRecordsAreNotCommitted) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "before");
  Transaction open;
  open.produce(topic, {{.key = "k", .value = "open"}});
  produce(topic, 0, "k", "after");
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("before"));
  EXPECT_THAT(values_of(read_all(topic, Isolation::kUncommitted)), ElementsAre("before", "open", "after"));
  EXPECT_EQ(end_offset(topic, 0), 1);
  EXPECT_EQ(end_offset(topic, 0, Isolation::kUncommitted), 3);
  open.abort();
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("before", "after"));
  EXPECT_EQ(end_offset(topic, 0), 4) << "the marker has an offset";
}

TEST_F(TopicGivenABroker, WhenATransactionIsCommittedThenItsRecordsAndOffsetAreThere) {
  const std::string topic = create_topic();
  const std::string group = unique_name("group");
  EXPECT_EQ(committed_offset(group, topic, 0), std::nullopt);
  Transaction transaction;
  transaction.produce(topic, {{.value = "a"}, {.value = "b"}});
  transaction.send_offset(group, topic, 0, 17, "token");
  transaction.commit();
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("a", "b"));
  EXPECT_EQ(committed_offset(group, topic, 0), (CommittedOffset{17, "token"}));
  commit_offset(group, topic, 0, 18);
  EXPECT_EQ(committed_offset(group, topic, 0), (CommittedOffset{18, ""}));
}

TEST_F(TopicGivenABroker, WhenRecordsAreDeletedThenTheTopicBeginsLater) {
  const std::string topic = create_topic();
  produce(topic, {{.value = "1"}, {.value = "2"}, {.value = "3"}});
  delete_records(topic, 0, 2);
  EXPECT_EQ(begin_offset(topic, 0), 2);
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("3"));
}

TEST_F(TopicGivenABroker, WhenItIsDeletedThenItIsGone) {
  const std::string topic = create_topic(1, {{"max.message.bytes", "1000"}});
  EXPECT_ANY_THROW(produce(topic, 0, "k", std::string(2000, 'x')));
  add_partitions(topic, 3);
  EXPECT_EQ(partition_count(topic), 3);
  delete_topic(topic);
  EXPECT_EQ(partition_count(topic), 0);
  EXPECT_THAT(read_all(topic), IsEmpty());
}

class BrokerGivenARecord : public GivenABrokerToRestart {};

TEST_F(BrokerGivenARecord, WhenItIsKilledAndRestartedThenTheRecordIsThere) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "v");
  broker().kill();
  broker().restart();
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("v"));
  produce(topic, 0, "k", "w");
  EXPECT_THAT(values_of(read_all(topic)), ElementsAre("v", "w"));
}

TEST(ExpectInOrder, WhenARecordIsLostDoubledOrSwappedThenItFails) {
  const auto of_numbers = [](const std::vector<std::string>& numbers) {
    std::vector<Record> records;
    for (const std::string& number : numbers) {
      records.push_back({.key = "k", .value = number});
    }
    return records;
  };
  static const auto right = of_numbers({"1", "2", "3"});
  static const auto lost = of_numbers({"1", "2"});
  static const auto doubled = of_numbers({"1", "1", "2", "3"});
  static const auto swapped = of_numbers({"1", "3", "2"});
  expect_in_order(right, 1, 3);
  EXPECT_NONFATAL_FAILURE(expect_in_order(lost, 1, 3), "ends with 2");
  EXPECT_NONFATAL_FAILURE(expect_in_order(doubled, 1, 3), "1 comes after 1");
  EXPECT_NONFATAL_FAILURE(expect_in_order(right, 2, 3), "keys of 3 records");
  ::testing::TestPartResultArray failures;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter{
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures};
    expect_in_order(swapped, 1, 3);
  }
  EXPECT_EQ(failures.size(), 3);
}

}  // namespace
}  // namespace weir::tests::kafka
