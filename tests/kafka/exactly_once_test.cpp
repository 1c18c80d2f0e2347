#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/kill_points.hpp"
#include "kafka/topics.hpp"
#include "simulation/rng.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::HasSubstr;

// How many rounds of kills; WEIR_KAFKA_ROUNDS asks for more.
int rounds() {
  const char* const text = std::getenv("WEIR_KAFKA_ROUNDS");
  return text != nullptr ? std::atoi(text) : 3;
}

KillPoint at(std::string_view name, int nth, int signal = SIGKILL) { return {std::string{name}, nth, signal}; }

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
  JobRuns runs{broker().bootstrap()};
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
    JobRuns runs{broker().bootstrap()};
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
  JobRuns runs{broker().bootstrap()};
  ASSERT_EQ(runs.run(at("decided", 3)), -1);
  std::filesystem::copy(runs.folder(), runs.folder() + "-copy");
  ASSERT_EQ(runs.run(), 0) << runs.said();
  runs.other = runs.folder() + "-copy";
  EXPECT_EQ(runs.run(), 5);
  EXPECT_THAT(runs.said(), HasSubstr("another process uses"));
  runs.expect_exactly_once();
}

TEST_F(ExactlyOnceOutput, WhenTheNameOfItsTransactionIsLostThenItIsRefused) {
  const JobRuns runs{broker().bootstrap()};
  ASSERT_EQ(runs.run(at("decided", 3)), -1);
  std::filesystem::remove(runs.folder() + "/.out.kafka.txid");
  EXPECT_EQ(runs.run(), 6);
  EXPECT_THAT(runs.said(), HasSubstr("name of the last transaction"));
}

class ExactlyOnceOutputGivenAForgottenToken : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (IsSkipped()) {
      return;
    }
    runs_ = std::make_unique<JobRuns>(broker().bootstrap());
    ASSERT_EQ(runs_->run(at("decided", 4)), -1);
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
  runs_->more = {"again"};
  ASSERT_EQ(runs_->run(), 0) << runs_->said();
  runs_->expect_exactly_once();
}

TEST_F(ExactlyOnceOutputGivenAForgottenToken, WhenItResumesWithDropThenThePendingEpochIsDropped) {
  runs_->more = {"drop"};
  ASSERT_EQ(runs_->run(), 0) << runs_->said();
  EXPECT_EQ(read_all(runs_->topic()).size(), 960U);
}

TEST_F(ExactlyOnceOutput, WhenItsTopicIsDeletedThenTheRunFailsWithTheBrokersWords) {
  JobRuns runs{broker().bootstrap()};
  runs.more = {"refuse", "topic.metadata.propagation.max.ms=1000"};
  JobProcess job = runs.start(at("decided", 4, SIGSTOP));
  ASSERT_TRUE(job.wait_until_stopped());
  delete_topic(runs.topic());
  job.go_on();
  EXPECT_EQ(job.wait(), 1);
  EXPECT_THAT(runs.said(), HasSubstr("Kafka refuses the output"));
}

class ExactlyOnceOutputGivenABrokerToRestart : public GivenABrokerToRestart {};

TEST_F(ExactlyOnceOutputGivenABrokerToRestart, WhenTheBrokerIsKilledAtAnyPointThenEveryRecordIsThereOnce) {
  for (const std::string_view point : {"half", "token", "committed"}) {
    const JobRuns runs{broker().bootstrap()};
    JobProcess job = runs.start(at(point, 4, SIGSTOP));
    ASSERT_TRUE(job.wait_until_stopped());
    broker().kill();
    job.go_on();
    broker().restart();
    EXPECT_EQ(job.wait(), 0) << point << runs.said();
    SCOPED_TRACE(point);
    runs.expect_exactly_once();
  }
}

}  // namespace
}  // namespace weir::tests::kafka
