#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/text_of.hpp"
#include "kafka/topics.hpp"
#include "temporary_folder.hpp"
#include "weir/kafka.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RunsOnOneRecoveryDirectory : public GivenABroker {
 protected:
  [[nodiscard]] auto input(const std::vector<std::string>& topics) const {
    return KafkaInput{KafkaCluster{broker().bootstrap()}, topics, &text_of}.stop_at_end();
  }

  /// What a run has read more than those before it.
  template <typename S>
  std::vector<std::string> read_more(const S& source, std::size_t workers = 2) {
    Dataflow flow{"tested"};
    flow.input("input", source) | op::output("out", decided_);
    RunOptions options;
    options.workers = workers;
    options.recovery = folder_.path("recovery");
    const std::size_t before = decided_.items().size();
    ::weir::run(flow, options);
    const std::vector<std::string> items = decided_.items();
    return {items.begin() + static_cast<std::ptrdiff_t>(before), items.end()};
  }

  template <typename S>
  std::string refused(const S& source) {
    try {
      read_more(source);
    } catch (const RecoveryError& error) {
      return error.what();
    }
    return "it runs";
  }

  TemporaryFolder folder_;
  ::weir::testing::Decided<std::string> decided_;
};

TEST_F(RunsOnOneRecoveryDirectory, WhenMessagesComeThenEachRunReadsThoseAfterTheLastOne) {
  const std::string topic = create_topic(3);
  for (const std::size_t workers : {1U, 4U, 2U}) {
    std::vector<std::string> sent;
    std::vector<Record> records;
    for (int i = 0; i < 300; ++i) {
      sent.push_back(std::to_string(workers) + "." + std::to_string(i));
      records.push_back({.partition = i % 3, .key = "k", .value = sent.back()});
    }
    produce(topic, records);
    std::vector<std::string> read = read_more(input({topic}), workers);
    std::ranges::sort(read);
    std::ranges::sort(sent);
    EXPECT_EQ(read, sent);
  }
  EXPECT_THAT(read_more(input({topic})), ElementsAre());
}

TEST_F(RunsOnOneRecoveryDirectory, WhenPartitionsAreAddedThenTheyAreReadFromTheirFirstMessage) {
  const std::string topic = create_topic(2);
  produce(topic, 0, "k", "before the start");
  EXPECT_THAT(read_more(input({topic}).start(KafkaStart::latest())), ElementsAre());
  add_partitions(topic, 3);
  produce(topic, 1, "k", "old partition");
  produce(topic, 2, "k", "new partition");
  EXPECT_THAT(read_more(input({topic}).start(KafkaStart::latest())),
              UnorderedElementsAre("old partition", "new partition"));
}

TEST_F(RunsOnOneRecoveryDirectory, WhenATopicIsAddedThenAPatternReadsItFromItsFirstMessageAndANameFromItsStart) {
  const std::string prefix = create_topic();
  EXPECT_THAT(read_more(input({"^" + prefix}).start(KafkaStart::latest())), ElementsAre());
  create_topic_named(prefix + ".matched", 1);
  produce(prefix + ".matched", 0, "k", "matched");
  create_topic_named("named." + prefix, 1);
  produce("named." + prefix, 0, "k", "named");
  EXPECT_THAT(read_more(input({"^" + prefix, "named." + prefix}).start(KafkaStart::latest())), ElementsAre("matched"));
}

TEST_F(RunsOnOneRecoveryDirectory, WhenATopicIsMadeAnewWithFewerPartitionsThenTheRunIsRefused) {
  const std::string topic = create_topic(2);
  produce(topic, 1, "k", "a");
  EXPECT_THAT(read_more(input({topic})), ElementsAre("a"));
  delete_topic(topic);
  create_topic_named(topic, 1);
  EXPECT_THAT(refused(input({topic})),
              HasSubstr("topic \"" + topic + "\" has no partition 1 any more, of which a position is kept"));
}

TEST_F(RunsOnOneRecoveryDirectory, WhenATopicIsMadeAnewAndIsShorterThenTheRunIsRefused) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "a");
  EXPECT_THAT(read_more(input({topic})), ElementsAre("a"));
  delete_topic(topic);
  create_topic_named(topic, 1);
  EXPECT_THAT(refused(input({topic})), HasSubstr("the topic was made anew"));
}

TEST_F(RunsOnOneRecoveryDirectory, WhenMessagesWereDeletedBeforeTheyWereReadThenTheRunIsRefusedUntilItMaySkipThem) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "0");
  EXPECT_THAT(read_more(input({topic})), ElementsAre("0"));
  for (int i = 1; i < 5; ++i) {
    produce(topic, 0, "k", std::to_string(i));
  }
  delete_records(topic, 0, 3);
  EXPECT_THAT(refused(input({topic})), HasSubstr("the kept position is offset 1, and Kafka holds offsets 3 to 5"));
  EXPECT_THAT(read_more(input({topic}).missing(KafkaMissing::kEarliest)), ElementsAre("3", "4"));
}

}  // namespace
}  // namespace weir::tests::kafka
