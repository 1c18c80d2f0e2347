#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/polled_input.hpp"
#include "kafka/text_of.hpp"
#include "kafka/topics.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Time milliseconds(std::int64_t count) { return Time{std::chrono::milliseconds{count}}; }

/// A topic of one partition with the messages 0 to 4, at the times 1000, 2000, ...
class StartGivenFiveMessages : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (IsSkipped()) {
      return;
    }
    topic_ = create_topic();
    for (int i = 0; i < 5; ++i) {
      produce(topic_, 0, "k", std::to_string(i), {}, 1000 * (i + 1));
    }
  }

  [[nodiscard]] auto input(const KafkaStart& start) const {
    return PolledInput{KafkaInput{KafkaCluster{broker().bootstrap()}, {topic_}, &text_of}.start(start)};
  }

  /// All that is read from there up to the end, with one message that comes meanwhile.
  [[nodiscard]] std::vector<std::string> read_from(const KafkaStart& start, std::int64_t time = 6000) const {
    auto polled = input(start);
    polled.open(topic_ + "/0");
    polled.poll_until_idle();
    produce(topic_, 0, "k", "last", {}, time);
    polled.poll_until([&] { return !polled.items().empty() && polled.items().back() == "last"; });
    return polled.items();
  }

  std::string topic_;
};

TEST_F(StartGivenFiveMessages, WhenItIsEarliestThenAllAreRead) {
  EXPECT_THAT(read_from(KafkaStart::earliest()), ElementsAre("0", "1", "2", "3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsLatestThenOnlyNewOnesAreRead) {
  EXPECT_THAT(read_from(KafkaStart::latest()), ElementsAre("last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsATimeThenThatMessageIsTheFirst) {
  EXPECT_THAT(read_from(KafkaStart::at(milliseconds(3000))), ElementsAre("2", "3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsBetweenTwoTimesThenTheLaterMessageIsTheFirst) {
  EXPECT_THAT(read_from(KafkaStart::at(milliseconds(3000) + std::chrono::nanoseconds{1})),
              ElementsAre("3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsBeforeAllTimesThenAllAreRead) {
  EXPECT_THAT(read_from(KafkaStart::at(Time::min())), ElementsAre("0", "1", "2", "3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsAfterAllTimesThenOlderMessagesThatComeAreDropped) {
  auto polled = input(KafkaStart::at(milliseconds(9000)));
  polled.open(topic_ + "/0");
  polled.poll_until_idle();
  EXPECT_EQ(polled.partition().position(), "5 from=9000");
  produce(topic_, 0, "k", "older", {}, 8999);
  polled.poll_until([&] { return polled.moved(); });
  EXPECT_EQ(polled.partition().position(), "6 from=9000");
  polled.close();
  PolledInput resumed{polled.source()};
  resumed.open(topic_ + "/0", "6 from=9000");
  produce(topic_, 0, "k", "older", {}, 8999);
  produce(topic_, 0, "k", "late enough", {}, 9000);
  produce(topic_, 0, "k", "out of order", {}, 1000);
  resumed.poll_until_items(2);
  EXPECT_THAT(resumed.items(), ElementsAre("late enough", "out of order"));
  EXPECT_EQ(resumed.partition().position(), "9");
}

TEST_F(StartGivenFiveMessages, WhenTheMarkerOfATransactionIsLaterThanTheTimeThenOlderMessagesAreDropped) {
  Transaction transaction;  // the marker has the time of now
  transaction.produce(topic_, {{.key = "k", .value = "old", .time_ms = 1500}});
  transaction.commit();
  produce(topic_, 0, "k", "older", {}, 1600);
  EXPECT_THAT(read_from(KafkaStart::at(milliseconds(1'000'000)), 1'000'000), ElementsAre("last"));
}

TEST_F(StartGivenFiveMessages, WhenItIsThatOfAGroupThenItsOffsetIsTheFirst) {
  const std::string group = unique_name("group");
  commit_offset(group, topic_, 0, 3);
  EXPECT_THAT(read_from(KafkaStart::committed(group, KafkaStart::latest())), ElementsAre("3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenTheGroupHasNoOffsetThenItIsTheOtherOne) {
  EXPECT_THAT(read_from(KafkaStart::committed(unique_name("group"), KafkaStart::latest())), ElementsAre("last"));
}

TEST_F(StartGivenFiveMessages, WhenTheGroupHasNoOffsetThenItMayBeATime) {
  EXPECT_THAT(read_from(KafkaStart::committed(unique_name("group"), KafkaStart::at(milliseconds(5000)))),
              ElementsAre("4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenAPositionIsKeptThenItIsUsedAndNotTheStart) {
  auto polled = input(KafkaStart::latest());
  polled.open(topic_ + "/0", "2");
  polled.poll_until_items(3);
  EXPECT_THAT(polled.items(), ElementsAre("2", "3", "4"));
  EXPECT_EQ(polled.partition().position(), "5");
}

TEST_F(StartGivenFiveMessages, WhenMessagesWereDeletedThenEarliestIsWhatIsLeft) {
  delete_records(topic_, 0, 3);
  EXPECT_THAT(read_from(KafkaStart::earliest()), ElementsAre("3", "4", "last"));
}

TEST_F(StartGivenFiveMessages, WhenTheKeptPositionIsDeletedThenItIsRefusedWithWhatIsThere) {
  delete_records(topic_, 0, 3);
  auto polled = input(KafkaStart::latest());
  try {
    polled.open(topic_ + "/0", "2");
    FAIL() << "it opens";
  } catch (const RecoveryError& error) {
    EXPECT_EQ(error.kind(), RecoveryError::Kind::kRefused);
    EXPECT_THAT(error.what(), HasSubstr("partition \"" + topic_ +
                                        "/0\": the kept position is offset 2, and Kafka holds offsets 3 to 5"));
    EXPECT_THAT(error.what(), HasSubstr("--kafka-missing earliest or latest"));
  }
}

TEST_F(StartGivenFiveMessages, WhenMissingMessagesMayBeSkippedThenItReadsOnAndWarns) {
  delete_records(topic_, 0, 3);
  for (const auto& [missing, first] : {std::pair{KafkaMissing::kEarliest, "3"}, {KafkaMissing::kLatest, "new"}}) {
    PolledInput polled{KafkaInput{KafkaCluster{broker().bootstrap()}, {topic_}, &text_of}.missing(missing)};
    polled.open(topic_ + "/0", "2");
    EXPECT_THAT(polled.run().warnings(), ElementsAre(HasSubstr("the kept position is offset 2")));
    produce(topic_, 0, "k", "new");
    polled.poll_until_items(1);
    EXPECT_EQ(polled.items().front(), first);
  }
}

TEST_F(StartGivenFiveMessages, WhenThePositionIsBehindTheEndThenTheTopicWasMadeAnew) {
  auto polled = input(KafkaStart::earliest());
  try {
    polled.open(topic_ + "/0", "6");
    FAIL() << "it opens";
  } catch (const RecoveryError& error) {
    EXPECT_THAT(error.what(), HasSubstr("offset 6, and Kafka holds offsets 0 to 5: the topic was made anew"));
  }
  EXPECT_THROW(polled.open(topic_ + "/0", "five"), RecoveryError);
}

TEST_F(StartGivenFiveMessages, WhenTheOffsetOfAGroupIsDeletedThenItIsRefused) {
  const std::string group = unique_name("group");
  commit_offset(group, topic_, 0, 1);
  delete_records(topic_, 0, 3);
  auto polled = input(KafkaStart::committed(group));
  EXPECT_THROW(polled.open(topic_ + "/0"), RecoveryError);
}

}  // namespace
}  // namespace weir::tests::kafka
