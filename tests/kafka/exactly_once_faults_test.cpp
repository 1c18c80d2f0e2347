#include <csignal>
#include <cstddef>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/kill_points.hpp"
#include "kafka/relay.hpp"
#include "kafka/topics.hpp"

namespace weir::tests::kafka {
namespace {

constexpr int kItems = 360;  // nine epochs
constexpr std::size_t kEpochItems = 40;

/// A run behind a relay. The claim of the output is its first transaction, and epoch n the one after n.
class ExactlyOnceOutputGivenFaults : public GivenARelayedBroker {
 protected:
  void SetUp() override {
    GivenARelayedBroker::SetUp();
    if (!IsSkipped()) {
      relay_.emplace(broker().relay_listen(), broker().relay_forward());
      runs_.emplace(relay_->address(), kItems);
    }
  }

  void expect_exactly_once_from(JobProcess job) {
    EXPECT_EQ(job.wait(), 0) << runs_->said();
    runs_->expect_exactly_once();
  }

  std::optional<Relay> relay_;
  std::optional<JobRuns> runs_;
};

TEST_F(ExactlyOnceOutputGivenFaults, WhenARequestToCommitIsLostThenEveryRecordIsThereOnce) {
  relay_->drop_request(ApiKey::kEndTxn, 3);
  expect_exactly_once_from(runs_->start());
  EXPECT_TRUE(relay_->wait_for_faults(1));
}

TEST_F(ExactlyOnceOutputGivenFaults, WhenTheAnswerToACommitIsLostThenEveryRecordIsThereOnce) {
  relay_->drop_answer(ApiKey::kEndTxn, 3);
  expect_exactly_once_from(runs_->start());
  EXPECT_TRUE(relay_->wait_for_faults(1));
}

// The brokers get the request to commit epoch 2 again while epoch 3 is half there.
TEST_F(ExactlyOnceOutputGivenFaults, WhenARequestToCommitIsLateThenItCommitsNothingOfTheNextEpoch) {
  relay_->make_late(ApiKey::kEndTxn, {}, 3);
  JobProcess job = runs_->start(KillPoint{"half", 3, SIGSTOP});
  ASSERT_TRUE(job.wait_until_stopped()) << runs_->said();
  ASSERT_TRUE(relay_->wait_for_faults(1));
  relay_->release();
  ASSERT_TRUE(relay_->wait_for_late_answers(1));
  EXPECT_EQ(read_all(runs_->topic()).size(), 2 * kEpochItems);
  job.go_on();
  expect_exactly_once_from(std::move(job));
}

TEST_F(ExactlyOnceOutputGivenFaults, WhenAnEpochIsAbortedTwiceThenItIsSentAThirdTimeAndThereOnce) {
  runs_->more = {"refuse", "transaction.timeout.ms=1000"};
  for (int aborts = 0; aborts < 2; ++aborts) {
    relay_->hold(ApiKey::kProduce, 4);  // then the next one, of another connection
  }
  expect_exactly_once_from(runs_->start());
  EXPECT_TRUE(relay_->wait_for_faults(2));
  EXPECT_GE(relay_->requests(ApiKey::kInitProducerId), 5U) << "each abort takes two: of the old id and a new one";
}

TEST_F(ExactlyOnceOutputGivenFaults, WhenRequestsAndAnswersOfAllKindsAreLostThenEveryRecordIsThereOnce) {
  for (const ApiKey kind :
       {ApiKey::kProduce, ApiKey::kAddPartitionsToTxn, ApiKey::kAddOffsetsToTxn, ApiKey::kTxnOffsetCommit,
        ApiKey::kEndTxn, ApiKey::kInitProducerId, ApiKey::kOffsetFetch, ApiKey::kFindCoordinator, ApiKey::kMetadata}) {
    relay_->drop_request(kind, 2);
    relay_->drop_answer(kind, 3);
  }
  expect_exactly_once_from(runs_->start());
  EXPECT_TRUE(relay_->wait_for_faults(12));
}

TEST_F(ExactlyOnceOutputGivenFaults, WhenTheLineIsCutInACommitThenEveryRecordIsThereOnce) {
  relay_->hold(ApiKey::kEndTxn, 4);
  JobProcess job = runs_->start();
  ASSERT_TRUE(relay_->wait_for_faults(1));
  relay_->go_away();
  relay_->release();
  relay_->come_back();
  expect_exactly_once_from(std::move(job));
}

TEST_F(ExactlyOnceOutputGivenFaults, WhenItIsKilledInACommitThatIsHeldThenTheNextRunSettlesIt) {
  relay_->hold(ApiKey::kEndTxn, 4);
  {
    const JobProcess job = runs_->start();
    ASSERT_TRUE(relay_->wait_for_faults(1));
  }  // killed
  JobProcess next = runs_->start(KillPoint{"half", 2, SIGSTOP});
  ASSERT_TRUE(next.wait_until_stopped()) << runs_->said();
  relay_->release();
  next.go_on();
  expect_exactly_once_from(std::move(next));
}

}  // namespace
}  // namespace weir::tests::kafka
