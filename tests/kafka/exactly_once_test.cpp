#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/kill_points.hpp"
#include "kafka/topics.hpp"
#include "simulation/rng.hpp"
#include "temporary_folder.hpp"
#include "weir/kafka.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// How many rounds of kills; WEIR_KAFKA_ROUNDS asks for more.
int rounds() {
  const char* const text = std::getenv("WEIR_KAFKA_ROUNDS");
  return text != nullptr ? std::atoi(text) : 3;
}

constexpr int kFewItems = 360;  // nine epochs

KillPoint at(std::string_view name, int nth, int signal = SIGKILL) { return {std::string{name}, nth, signal}; }

int number_of(const KafkaRecord& record) { return std::stoi(std::string{record.value.value_or("0")}); }

class ExactlyOnceOutput : public GivenABroker {};

TEST_F(ExactlyOnceOutput, WhenItIsKilledAtAllPointsInAnyOrderThenEveryRecordIsThereOnceAndInOrder) {
  simulation::Rng rng{
      std::getenv("WEIR_KAFKA_SEED") != nullptr ? std::strtoull(std::getenv("WEIR_KAFKA_SEED"), nullptr, 10) : 1};
  for (int round = 0; round < rounds(); ++round) {
    const JobRuns runs{broker().bootstrap()};
    std::vector<std::string_view> points{kKillPoints.begin(), kKillPoints.end()};
    for (std::size_t i = points.size() - 1; i > 0; --i) {
      std::swap(points[i], points[rng.between(0, i)]);
    }
    std::string order;
    int killed = 0;
    for (const std::string_view name : points) {
      const KillPoint point = at(name, name == "named" ? 1 : static_cast<int>(rng.between(1, 3)));
      order += point.text() + " ";
      const int exit = runs.run(point);
      ASSERT_TRUE(exit == -1 || exit == 0) << exit << " at " << order << ": " << runs.said();
      killed += exit == -1 ? 1 : 0;
    }
    ASSERT_EQ(runs.run(), 0) << order << runs.said();
    EXPECT_GE(killed, 9) << order;
    SCOPED_TRACE(order);
    runs.expect_exactly_once();
    if (HasFailure()) {
      return;
    }
  }
}

// Kafka has no more of it than a transaction that its coordinator aborted.
TEST_F(ExactlyOnceOutput, WhenATransactionTimesOutThenItIsMadeAgain) {
  JobRuns runs{broker().bootstrap(), kFewItems};
  runs.more = {"refuse", "transaction.timeout.ms=2000"};
  JobProcess job = runs.start(at("token", 3, SIGSTOP));
  ASSERT_TRUE(job.wait_until_stopped());
  const auto decided = [&](std::int32_t partition) {
    return end_offset(runs.topic(), partition) == end_offset(runs.topic(), partition, Isolation::kUncommitted);
  };
  while (!decided(0) || !decided(1)) {
  }
  job.go_on();
  EXPECT_EQ(job.wait(), 0) << runs.said();
  runs.expect_exactly_once();
}

TEST_F(ExactlyOnceOutput, WhenACopyOfItsDirectoryTakesOverThenTheOldProcessEndsWithFive) {
  for (const std::string_view point : {"decided", "half", "token"}) {
    JobRuns runs{broker().bootstrap(), kFewItems};
    JobProcess old = runs.start(at(point, 4, SIGSTOP));
    ASSERT_TRUE(old.wait_until_stopped());
    runs.other = runs.folder() + "-copy";
    std::filesystem::copy(runs.folder(), *runs.other);
    ASSERT_EQ(runs.run(), 0) << runs.said();
    old.go_on();
    EXPECT_EQ(old.wait(), 5) << point;
    SCOPED_TRACE(point);
    runs.expect_exactly_once();
  }
}

TEST_F(ExactlyOnceOutput, WhenAnOlderCopyOfItsDirectoryResumesThenItEndsWithFive) {
  JobRuns runs{broker().bootstrap(), kFewItems};
  ASSERT_EQ(runs.run(at("decided", 3)), -1);
  std::filesystem::copy(runs.folder(), runs.folder() + "-copy");
  ASSERT_EQ(runs.run(), 0) << runs.said();
  runs.other = runs.folder() + "-copy";
  EXPECT_EQ(runs.run(), 5);
  EXPECT_THAT(runs.said(), HasSubstr("another process uses"));
  runs.expect_exactly_once();
}

// It claims the output before it sends anything.
TEST_F(ExactlyOnceOutput, WhenAnOlderCopyOfItsDirectoryResumesAfterARunThatSentNothingThenItEndsWithFive) {
  JobRuns runs{broker().bootstrap(), kFewItems};
  ASSERT_EQ(runs.run(at("committed", 3)), -1);
  std::filesystem::copy(runs.folder(), runs.folder() + "-copy");
  ASSERT_EQ(runs.run(at("committed", 1)), -1);
  runs.other = runs.folder() + "-copy";
  EXPECT_EQ(runs.run(), 5);
  EXPECT_THAT(runs.said(), HasSubstr("another process uses"));
  runs.other.reset();
  EXPECT_EQ(runs.run(), 0) << runs.said();
  runs.expect_exactly_once();
}

TEST_F(ExactlyOnceOutput, WhenTheNameOfItsTransactionIsLostThenItIsRefused) {
  const JobRuns runs{broker().bootstrap(), kFewItems};
  ASSERT_EQ(runs.run(at("decided", 3)), -1);
  std::filesystem::remove(runs.folder() + "/.out.kafka.txid");
  EXPECT_EQ(runs.run(), 6);
  EXPECT_THAT(runs.said(), HasSubstr("name of the last transaction"));
}

// The epoch is not decided: nothing of it is sent, and the next run reads its input again.
TEST_F(ExactlyOnceOutput, WhenTheStoresDiskIsFullThenTheRunEndsWithFourAndTheNextOneReadsOn) {
  for (const int write : {12, 30, 50}) {
    SCOPED_TRACE(write);
    const JobRuns runs{broker().bootstrap(), kFewItems};
    EXPECT_EQ(runs.run(KillPoint{"full", write, 0}), 4) << runs.said();
    EXPECT_LT(read_all(runs.topic()).size(), kFewItems);
    EXPECT_EQ(runs.run(), 0) << runs.said();
    runs.expect_exactly_once();
  }
}

// Without the note of where its last records are, nobody knows what became of them.
TEST_F(ExactlyOnceOutput, WhenTheTokenIsOlderThanWhatWasConfirmedThenTheRunIsRefused) {
  const JobRuns runs{broker().bootstrap(), kFewItems};
  ASSERT_EQ(runs.run(at("decided", 4)), -1);
  const std::optional<CommittedOffset> older = committed_offset(runs.group(), runs.topic(), 0);
  ASSERT_TRUE(older);
  ASSERT_EQ(runs.run(at("unlinked", 3)), -1);
  std::filesystem::remove(runs.folder() + "/.out.kafka.sent");
  commit_offset(runs.group(), runs.topic(), 0, older->offset, older->metadata);
  const std::size_t there = read_all(runs.topic()).size();
  EXPECT_EQ(runs.run(), 6);
  // By how much it is older depends on how far the output had come when the run was killed.
  EXPECT_THAT(runs.said(), AnyOf(HasSubstr("bytes of records by its token, and the recovery directory has"),
                                 HasSubstr("which has the rest, is gone; put back what the last run left")));
  EXPECT_EQ(read_all(runs.topic()).size(), there);
}

class ExactlyOnceOutputGivenAForgottenToken : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (IsSkipped()) {
      return;
    }
    runs_ = std::make_unique<JobRuns>(broker().bootstrap(), kFewItems);
    ASSERT_EQ(runs_->run(at("decided", 4)), -1);
    runs_->more = {"refuse", "no_token.ms=500"};
    // As when it has expired: a token that is not there.
    runs_->delete_group();
  }

  std::unique_ptr<JobRuns> runs_;
};

TEST_F(ExactlyOnceOutputGivenAForgottenToken, WhenItResumesThenItIsRefused) {
  EXPECT_EQ(runs_->run(), 6);
  EXPECT_THAT(runs_->said(), HasSubstr("KafkaPending::kAgain"));
}

TEST_F(ExactlyOnceOutputGivenAForgottenToken, WhenItResumesWithAgainThenThePendingEpochIsSent) {
  runs_->more.front() = "again";
  ASSERT_EQ(runs_->run(), 0) << runs_->said();
  runs_->expect_exactly_once();
}

TEST_F(ExactlyOnceOutputGivenAForgottenToken, WhenItResumesWithDropThenThePendingEpochIsDropped) {
  runs_->more.front() = "drop";
  ASSERT_EQ(runs_->run(), 0) << runs_->said();
  EXPECT_EQ(read_all(runs_->topic()).size(), 320U);
}

// Brokers forget offsets that are not committed again.
TEST_F(ExactlyOnceOutput, WhenNothingComesForLongThenTheTokenIsCommittedAgain) {
  const ChangedWaits waits{[](auto& of) { of.commit_again = std::chrono::milliseconds{300}; }};
  const std::string from = create_topic();
  const std::string to = create_topic();
  const TemporaryFolder folder;
  Dataflow flow{"kept"};
  const KafkaCluster cluster{broker().bootstrap()};
  flow.input("input", KafkaInput{cluster, {from}, [](const KafkaRecord& record) { return number_of(record); }}) |
      op::output("out", KafkaOutput{cluster, to, kafka_value(JsonAsIs<int>{})});
  RunOptions options;
  options.workers = 1;
  options.recovery = folder.path("recovery");
  options.epoch_interval = std::chrono::milliseconds{50};
  RunHandle run = start(flow, options);
  produce(from, 0, "k", "7");
  while (read_all(to).empty()) {
  }
  JobRuns::delete_group(broker().bootstrap(), JobRuns::group(options.recovery));
  const auto token = [&] { return committed_offset(JobRuns::group(options.recovery), to, 0); };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!token() && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_TRUE(token());
  run.stop();
  run.wait();
  EXPECT_EQ(read_all(to).size(), 1U);
}

TEST_F(ExactlyOnceOutput, WhenItsTopicIsDeletedThenTheRunFailsWithTheBrokersWords) {
  JobRuns runs{broker().bootstrap(), kFewItems};
  runs.more = {"refuse", "topic.metadata.propagation.max.ms=1000", "transaction.timeout.ms=2000", "no_token.ms=500"};
  JobProcess job = runs.start(at("decided", 4, SIGSTOP));
  ASSERT_TRUE(job.wait_until_stopped());
  delete_topic(runs.topic());
  job.go_on();
  EXPECT_EQ(job.wait(), 1);
  EXPECT_THAT(runs.said(), HasSubstr("UNKNOWN_TOPIC_OR_PART"));
}

class ExactlyOnceOutputGivenABrokerToRestart : public GivenABrokerToRestart {};

TEST_F(ExactlyOnceOutputGivenABrokerToRestart, WhenTheBrokerIsKilledAtAnyPointThenEveryRecordIsThereOnce) {
  struct Stopped {
    std::string_view point;
    std::unique_ptr<JobRuns> runs;
    JobProcess job;
  };
  std::vector<Stopped> all;
  for (const std::string_view point : {"half", "token", "committed"}) {
    auto runs = std::make_unique<JobRuns>(broker().bootstrap(), kFewItems);
    JobProcess job = runs->start(at(point, 4, SIGSTOP));
    ASSERT_TRUE(job.wait_until_stopped());
    all.push_back({point, std::move(runs), std::move(job)});
  }
  broker().kill();
  for (const Stopped& each : all) {
    each.job.go_on();
  }
  broker().restart();
  for (Stopped& each : all) {
    EXPECT_EQ(each.job.wait(), 0) << each.point << each.runs->said();
    SCOPED_TRACE(each.point);
    each.runs->expect_exactly_once();
  }
}

// What waits for the brokers is told to give up.
TEST_F(ExactlyOnceOutputGivenABrokerToRestart, WhenTheRunIsCutWhileTheBrokerIsAwayThenItDoesNotWaitForIt) {
  const std::string topic = create_topic();
  const TemporaryFolder folder;
  Dataflow flow{"cut"};
  flow.input("input", testing::detail::Paced<int>{{std::vector<int>(1'000'000, 1)}, 10}) |
      op::output("out", KafkaOutput{KafkaCluster{broker().bootstrap()}, topic, kafka_value(JsonAsIs<int>{})});
  std::stop_source stop;
  RunOptions options;
  options.workers = 1;
  options.recovery = folder.path("recovery");
  options.epoch_items = 10;
  options.stop = stop.get_token();
  options.drain_timeout = std::chrono::seconds{1};
  std::future<void> run = std::async(std::launch::async, [&] { weir::run(flow, options); });
  while (read_all(topic).size() < 100) {
  }
  broker().stop();
  stop.request_stop();
  EXPECT_EQ(run.wait_for(std::chrono::minutes{2}), std::future_status::ready);
  broker().restart();
  EXPECT_NO_THROW(run.get());
}

}  // namespace
}  // namespace weir::tests::kafka
