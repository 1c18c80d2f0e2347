// What an input does while its run goes on: its partitions are opened and polled by the test.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/polled_input.hpp"
#include "kafka/text_of.hpp"
#include "kafka/topics.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

auto texts(const std::string& bootstrap, const std::string& topic) {
  return KafkaInput{KafkaCluster{bootstrap}, {topic}, &text_of}.refresh(200ms);
}

/// Expects that the input fails, and gives the words.
template <typename S>
std::string failure_of(PolledInput<S>& polled) {
  try {
    polled.poll_until([] { return false; });
  } catch (const RecoveryError& error) {
    return error.what();
  }
  return "it does not fail";
}

class FollowedTopic : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (!IsSkipped()) {
      topic_ = create_topic(2);
    }
  }

  [[nodiscard]] auto followed(bool may_restart = true) const {
    return PolledInput{texts(broker().bootstrap(), topic_), may_restart};
  }

  [[nodiscard]] std::string name(int partition) const { return topic_ + "/" + std::to_string(partition); }

  std::string topic_;
};

TEST_F(FollowedTopic, WhenTheBrokerHasNotAnsweredYetThenItIsBlockedAndAtTheEndItIsIdle) {
  auto polled = followed();
  polled.open(name(0));
  polled.open(name(1));
  std::optional<Poll> first;
  polled.poll_until([&] {
    first = first ? first : polled.answer();
    return true;
  });
  EXPECT_EQ(first->kind(), Poll::Kind::kIdle);
  EXPECT_TRUE(first->is_blocked());
  polled.poll_until_idle();
  produce(topic_, 0, "k", "a");
  polled.poll_until_items(1);
  EXPECT_EQ(polled.partition(0).position(), "1");
  EXPECT_EQ(polled.partition(1).position(), "0");
  polled.poll_until_idle();
}

// A broker answers the requests of a connection in turn: what is asked of the topic waits for a fetch to end.
TEST_F(FollowedTopic, WhenFetchesWaitForLongerThanAnAnswerMayTakeThenTheTopicIsReached) {
  const ChangedWaits waits{[](auto& of) { of.check_answer = 100ms; }};
  auto cluster = KafkaCluster{broker().bootstrap()};
  cluster.set("fetch.wait.max.ms", "1000");
  PolledInput polled{KafkaInput{cluster, {topic_}, &text_of}.refresh(10ms)};
  polled.open(name(0));
  polled.poll_until_idle();
  EXPECT_THAT(polled.run().warnings(), IsEmpty());
}

TEST_F(FollowedTopic, WhenATransactionIsAbortedThenThePositionMovesWithoutItems) {
  auto polled = followed();
  polled.open(name(0));
  polled.poll_until_idle();
  Transaction aborted;
  aborted.produce(topic_, {{.partition = 0, .key = "k", .value = "never seen"}});
  aborted.abort();
  polled.poll_until([&] { return polled.partition().position() == "2"; });
  EXPECT_TRUE(polled.moved());
  EXPECT_THAT(polled.items(), IsEmpty());
}

TEST_F(FollowedTopic, WhenItIsReadThenProgressIsItsLag) {
  produce(topic_, 0, "k", "a");
  produce(topic_, 0, "k", "b");
  auto polled = followed();
  polled.open(name(0), "1");
  polled.poll_until_idle();
  const std::optional<SourceProgress> done = polled.partition().progress();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->done, 2U);
  EXPECT_EQ(done->total, 2U);
  EXPECT_TRUE(done->grows);
  EXPECT_FALSE(polled.partition().bounded());
  Transaction open;
  open.produce(topic_, {{.partition = 0, .key = "k", .value = "not decided"}});
  polled.poll_until([&] { return polled.partition().progress()->total == 3; });
  EXPECT_EQ(polled.partition().progress()->done, 2U);
}

// What a reader of committed messages waits for, in both partitions.
TEST_F(FollowedTopic, WhenATransactionStaysOpenThenTheMetricIsWhatComesAfterTheLastStableOffset) {
  auto polled = followed();
  polled.open(name(0));
  polled.open(name(1));
  const auto undecided = [&] {
    static_cast<void>(polled.partition(0).progress());  // as the status of a run asks for it
    static_cast<void>(polled.partition(1).progress());
    return polled.run().metric("kafka_undecided_offsets");
  };
  polled.poll_until_idle();
  EXPECT_EQ(undecided(), 0);
  Transaction open;
  open.produce(topic_, {{.partition = 0, .key = "k", .value = "a"}, {.partition = 1, .key = "k", .value = "b"}});
  produce(topic_, 0, "k", "c");
  polled.poll_until([&] { return undecided() == 3; });
  open.commit();
  polled.poll_until_items(3);
  polled.poll_until([&] { return undecided() == 0; });
}

TEST_F(FollowedTopic, WhenItStopsAtTheEndThenProgressIsTheWayThere) {
  produce(topic_, 0, "k", "a");
  produce(topic_, 0, "k", "b");
  PolledInput polled{texts(broker().bootstrap(), topic_).stop_at_end()};
  polled.open(name(0));
  EXPECT_TRUE(polled.partition().bounded());
  EXPECT_FALSE(polled.partition().ends());
  EXPECT_EQ(polled.partition().progress()->done, 0U);
  EXPECT_EQ(polled.partition().progress()->total, 2U);
  EXPECT_FALSE(polled.partition().progress()->grows);
  polled.poll_until([&] { return polled.answer().kind() == Poll::Kind::kEnd; });
  EXPECT_THAT(polled.items(), ElementsAre("a", "b"));
  EXPECT_EQ(polled.partition().progress()->done, 2U);
}

TEST_F(FollowedTopic, WhenPositionsAreDecidedThenTheGroupHasThem) {
  const std::string group = unique_name("group");
  produce(topic_, 0, "k", "a");
  produce(topic_, 1, "k", "b");
  PolledInput polled{texts(broker().bootstrap(), topic_).group(group)};
  polled.open(name(0));
  polled.open(name(1));
  polled.poll_until_items(2);
  polled.partition(0).decided("1");
  polled.partition(1).decided("0");
  polled.partition(1).decided("1 from=3");
  polled.close();
  EXPECT_EQ(committed_offset(group, topic_, 0), (CommittedOffset{1, ""}));
  EXPECT_EQ(committed_offset(group, topic_, 1), (CommittedOffset{1, ""}));
  EXPECT_THAT(polled.run().warnings(), IsEmpty());
}

TEST_F(FollowedTopic, WhenNoGroupIsNamedThenNothingIsCommitted) {
  auto polled = followed();
  polled.open(name(0));
  polled.poll_until_idle();
  polled.partition().decided("0");
  polled.close();
  EXPECT_EQ(committed_offset("weir.tested.input", topic_, 0), std::nullopt);
}

TEST_F(FollowedTopic, WhenPartitionsAreAddedThenARestartIsRequestedOnce) {
  auto polled = followed();
  polled.open(name(0));
  polled.open(name(1));
  polled.poll_until_idle();
  EXPECT_THAT(polled.run().restarts(), IsEmpty());
  add_partitions(topic_, 4);
  polled.poll_until([&] { return !polled.run().restarts().empty(); });
  add_partitions(topic_, 5);
  produce(topic_, 0, "k", "a");
  polled.poll_until_items(1);
  EXPECT_THAT(polled.run().restarts(), ElementsAre("topic \"" + topic_ + "\" has 4 partitions, and had 2"));
}

TEST_F(FollowedTopic, WhenPartitionsAreAddedAndTheRunCannotBeMadeAgainThenItWarns) {
  auto polled = followed(/*may_restart=*/false);
  polled.open(name(0));
  polled.open(name(1));
  add_partitions(topic_, 4);
  polled.poll_until([&] { return !polled.run().warnings().empty(); });
  EXPECT_THAT(polled.run().warnings(), ElementsAre(HasSubstr("has 4 partitions, and had 2; a run without recovery")));
}

TEST_F(FollowedTopic, WhenATopicComesThatAPatternMatchesThenARestartIsRequested) {
  PolledInput polled{texts(broker().bootstrap(), "^" + topic_)};
  polled.open(name(0));
  polled.open(name(1));
  polled.poll_until_idle();
  create_topic_named(topic_ + ".more", 1);
  polled.poll_until([&] { return !polled.run().restarts().empty(); });
  EXPECT_THAT(polled.run().restarts(), ElementsAre("there is a new topic \"" + topic_ + ".more\" with 1 partition"));
}

TEST_F(FollowedTopic, WhenTheTopicIsMadeAnewWithFewerPartitionsThenItFailsByName) {
  const ChangedWaits waits{[](auto& of) { of.shrunk_topic = 500ms; }};
  auto polled = followed();
  polled.open(name(0));
  polled.open(name(1));
  polled.poll_until_idle();
  delete_topic(topic_);
  create_topic_named(topic_, 1);
  EXPECT_THAT(failure_of(polled), HasSubstr("topic \"" + topic_ + "\" has 1 partition, and had 2: it was made anew"));
}

TEST_F(FollowedTopic, WhenTheTopicIsMadeAnewAndIsShorterThenItFailsByName) {
  produce(topic_, 0, "k", "a");
  auto polled = followed();
  polled.open(name(0));
  polled.open(name(1));
  polled.poll_until_items(1);
  delete_topic(topic_);
  create_topic_named(topic_, 2);
  const std::string failure = failure_of(polled);
  EXPECT_THAT(failure, HasSubstr("partition \"" + name(0) + "\""));
  EXPECT_THAT(failure, HasSubstr("offset 1"));
  EXPECT_THAT(failure, HasSubstr("the topic was made anew"));
}

TEST_F(FollowedTopic, WhenMessagesAreDeletedBeforeTheyAreReadThenItFailsWithWhatIsLeft) {
  for (int i = 0; i < 5; ++i) {
    produce(topic_, 0, "k", "a");
  }
  auto polled = followed();
  polled.open(name(0), "1");
  delete_records(topic_, 0, 3);
  const std::string failure = failure_of(polled);
  EXPECT_THAT(failure, HasSubstr("partition \"" + name(0) + "\" is read at offset 1, and Kafka holds offsets 3 to 5"));
  EXPECT_THAT(failure, HasSubstr("--kafka-missing earliest or latest"));
}

TEST_F(FollowedTopic, WhenItMaySkipWhatIsMissingThenItReadsOnFromWhatIsLeft) {
  for (int i = 0; i < 5; ++i) {
    produce(topic_, 0, "k", std::to_string(i));
  }
  PolledInput polled{texts(broker().bootstrap(), topic_).missing(KafkaMissing::kEarliest)};
  polled.open(name(0), "1");
  delete_records(topic_, 0, 3);
  polled.poll_until_items(2);
  EXPECT_THAT(polled.items(), ElementsAre("3", "4"));
}

class ABrokerThatGoesAway : public GivenABrokerToRestart {};

TEST_F(ABrokerThatGoesAway, WhenItIsAwayThenTheInputIsBlockedAndWarnsAndWhenItIsBackItReadsOn) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "before");
  PolledInput polled{texts(broker().bootstrap(), topic)};
  polled.open(topic + "/0");
  polled.poll_until_items(1);
  polled.poll_until_idle();
  broker().stop();
  polled.poll_until([&] { return polled.answer().is_blocked() && !polled.run().warnings().empty(); });
  EXPECT_THAT(polled.run().warnings(),
              ElementsAre(HasSubstr("Kafka at " + broker().bootstrap() + " cannot be reached, and the input waits")));
  broker().restart();
  polled.poll_until_idle();
  produce(topic, 0, "k", "after");
  polled.poll_until_items(2);
  EXPECT_THAT(polled.items(), ElementsAre("before", "after"));
}

}  // namespace
}  // namespace weir::tests::kafka
