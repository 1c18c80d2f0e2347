// What becomes of an epoch whose transaction the brokers take for ended, and have not ended in all partitions.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/kill_points.hpp"
#include "kafka/relay.hpp"
#include "kafka/sent_epoch.hpp"
#include "kafka/topics.hpp"

namespace weir::tests::kafka {
namespace {

using detail::kafka::SentEpoch;
using ::testing::HasSubstr;

constexpr int kItems = 360;  // nine epochs

KillPoint stopped_at(std::string name, int nth) { return {std::move(name), nth, SIGSTOP}; }

TEST(SentEpochInAFile, WhenItIsReadThenItIsTheSameAndNothingIfItIsNotWhole) {
  const SentEpoch sent{.id = "weir.flow.out.1.2",
                       .token = {.execution = 1, .number = 2, .end = 3, .checksum = 4},
                       .partitions = {{{"a", 0}, 5, 5}, {{"b.c-d", 17}, 6, 7'000'000'000}}};
  const std::string text = sent.text();
  EXPECT_EQ(SentEpoch::of(text), sent);
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_EQ(SentEpoch::of(text.substr(0, bytes)), std::nullopt) << bytes;
  }
  EXPECT_EQ(SentEpoch::of(text + "x"), std::nullopt);
  EXPECT_EQ(SentEpoch::of("id\n" + sent.token.text() + "\na -1 5 5\nend\n"), std::nullopt);
  EXPECT_EQ(SentEpoch::of("id\n" + sent.token.text() + "\na 1 5\nend\n"), std::nullopt);
}

/// A broker whose coordinator ends transactions through a relay.
class UnendedTransactionGivenABrokerToRestart : public GivenABroker {
 protected:
  static void SetUpTestSuite() {
    broker_ = std::make_unique<Broker>(std::vector<std::string>{"--set", "inter.broker.listener.name=RELAYED"});
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override {
    GivenABroker::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) {
      relay_.emplace(broker().relay_listen(), broker().relay_forward());
    }
  }

  // A job that is stopped when its fourth transaction, an epoch, is committed; the broker has written that nowhere.
  JobProcess stopped_job() {
    runs_.emplace(broker().bootstrap(), kItems);
    runs_->more = {"refuse", "token_answer.ms=1000"};
    relay_->hold(ApiKey::kWriteTxnMarkers, 4);
    JobProcess job = runs_->start(stopped_at("committed", 4));
    EXPECT_TRUE(job.wait_until_stopped()) << runs_->said();
    return job;
  }

  // The job is killed too. On a busy machine the broker sometimes ends the transaction after all; if it always does,
  // the test is skipped.
  void leave_a_transaction_open() {
    for (int i = 0; i < 8 && !HasFailure(); ++i) {
      {
        const JobProcess job = stopped_job();
        kill_broker_while_a_transaction_ends();
      }
      const Transaction settles{runs_->transaction()};
      if (end_offset(runs_->topic(), 1) < end_offset(runs_->topic(), 1, Isolation::kUncommitted)) {
        return;
      }
    }
    GTEST_SKIP() << "the broker ends each transaction";
  }

  // A run that aborts what one left that was killed half-way through its fourth transaction; the broker has not written
  // the end of that anywhere yet.
  JobProcess aborting_job() {
    runs_.emplace(broker().bootstrap(), kItems);
    runs_->more = {"refuse", "token_answer.ms=1000"};
    EXPECT_EQ(runs_->run(KillPoint{"half", 4, SIGKILL}), -1) << runs_->said();
    relay_->hold(ApiKey::kWriteTxnMarkers);
    JobProcess job = runs_->start();
    EXPECT_TRUE(relay_->wait_for_faults(++faults_)) << runs_->said();
    return job;
  }

  [[nodiscard]] bool all_is_decided() const {
    return end_offsets(runs_->topic()) == end_offsets(runs_->topic(), Isolation::kUncommitted);
  }

  void expect_that_the_run_names_the_command(int partitions, std::int64_t hangs_at) {
    runs_->more.emplace_back("between_warnings.ms=100");
    const JobProcess job = runs_->start();
    const std::string warning = "left it open in " + std::to_string(partitions) +
                                " of 2 partitions; end it by kafka-transactions.sh --bootstrap-server " +
                                broker().bootstrap() + " abort --topic " + runs_->topic() + " --partition " +
                                std::to_string(2 - partitions) + " --start-offset " + std::to_string(hangs_at);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (runs_->said().find(warning) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    EXPECT_THAT(runs_->said(), HasSubstr(warning));
  }

  void kill_broker_while_a_transaction_ends() {
    ASSERT_TRUE(relay_->wait_for_faults(++faults_));
    broker().kill();
    relay_->release();
    broker().restart();
  }

  static inline std::unique_ptr<Broker> broker_;
  std::optional<Relay> relay_;
  std::optional<JobRuns> runs_;
  std::size_t faults_ = 0;
};

TEST_F(UnendedTransactionGivenABrokerToRestart, WhenTheRunGoesOnThenItsEpochIsThereOnce) {
  JobProcess job = stopped_job();
  kill_broker_while_a_transaction_ends();
  job.go_on();
  EXPECT_EQ(job.wait(), 0) << runs_->said();
  runs_->expect_exactly_once();
}

TEST_F(UnendedTransactionGivenABrokerToRestart, WhenAnotherRunResumesThenItsEpochIsThereOnce) {
  leave_a_transaction_open();
  if (IsSkipped() || HasFailure()) {
    return;
  }
  EXPECT_EQ(runs_->run(), 0) << runs_->said();
  runs_->expect_exactly_once();
}

// As when the broker is killed between its partitions: readers see the records, and the token is not there.
TEST_F(UnendedTransactionGivenABrokerToRestart, WhenReadersSeeItsEpochThenItIsNotSentAgain) {
  leave_a_transaction_open();
  if (IsSkipped() || HasFailure()) {
    return;
  }
  // The end of a transaction of the same producer counts for all that it has left open in the same partition.
  Transaction ends{runs_->transaction()};
  ends.produce(runs_->topic(), {{.partition = 0, .key = "more", .value = "1"}, {.partition = 1, .key = "more"}});
  ends.commit();
  EXPECT_EQ(runs_->run(), 0) << runs_->said();
  std::vector<Record> records = read_all(runs_->topic());
  EXPECT_EQ(std::erase_if(records, [](const Record& record) { return record.key == "more"; }), 2U);
  expect_in_order(records, JobRuns::kKeys, kItems / JobRuns::kKeys);
}

// Nobody can commit it there any more: the run waits for an operator, and says what is to be done.
TEST_F(UnendedTransactionGivenABrokerToRestart, WhenReadersSeeItsEpochInPartThenTheRunWaitsAndNamesTheCommand) {
  leave_a_transaction_open();
  if (IsSkipped() || HasFailure()) {
    return;
  }
  const std::int64_t hangs_at = end_offset(runs_->topic(), 1);
  Transaction ends{runs_->transaction()};
  ends.produce(runs_->topic(), {{.partition = 0, .key = "more", .value = "1"}});
  ends.commit();
  expect_that_the_run_names_the_command(1, hangs_at);
}

// The same in all its partitions.
TEST_F(UnendedTransactionGivenABrokerToRestart, WhenItsTokenIsCommittedAndNoRecordThenTheRunWaitsAndNamesTheCommand) {
  leave_a_transaction_open();
  if (IsSkipped() || HasFailure()) {
    return;
  }
  const std::int64_t hangs_at = end_offset(runs_->topic(), 0);
  std::ifstream file{runs_->folder() + "/.out.kafka.sent"};
  const auto sent = SentEpoch::of(std::string{std::istreambuf_iterator<char>{file}, {}});
  ASSERT_TRUE(sent);
  Transaction ends{runs_->transaction()};
  ends.send_offset(runs_->group(), runs_->topic(), 0, static_cast<std::int64_t>(sent->token.number),
                   sent->token.text());
  ends.commit();
  expect_that_the_run_names_the_command(2, hangs_at);
  EXPECT_EQ(end_offset(runs_->topic(), 0), hangs_at);
}

// Readers would wait for ever for records of which nothing is wanted.
TEST_F(UnendedTransactionGivenABrokerToRestart, WhenItWasToBeAbortedThenTheRunThatGoesOnEndsIt) {
  JobProcess job = aborting_job();
  broker().kill();
  relay_->release();
  broker().restart();
  EXPECT_EQ(job.wait(), 0) << runs_->said();
  runs_->expect_exactly_once();
  EXPECT_TRUE(all_is_decided());
}

// As when the machine fails. For all that the run knows, its records are of an epoch that was sent half.
TEST_F(UnendedTransactionGivenABrokerToRestart, WhenTheNoteOfItIsLostThenTheNextRunEndsItAndItsEpochIsThereOnce) {
  leave_a_transaction_open();
  if (IsSkipped() || HasFailure()) {
    return;
  }
  std::filesystem::remove(runs_->folder() + "/.out.kafka.sent");
  EXPECT_EQ(runs_->run(), 0) << runs_->said();
  EXPECT_THAT(runs_->said(), HasSubstr("it is ended now"));
  runs_->expect_exactly_once();
  EXPECT_TRUE(all_is_decided());
}

class OpenTransactionOfAnother : public GivenABroker {};

TEST_F(OpenTransactionOfAnother, WhenARunResumesInItsTopicThenItCanStillBeCommitted) {
  const JobRuns runs{broker().bootstrap(), kItems};
  ASSERT_EQ(runs.run(KillPoint{"half", 4, SIGKILL}), -1);
  Transaction other;
  other.produce(runs.topic(), {{.partition = 0, .key = "other", .value = "1"}, {.partition = 1, .key = "other"}});
  EXPECT_EQ(runs.run(), 0) << runs.said();
  EXPECT_THAT(runs.said(), ::testing::Not(HasSubstr("is ended now")));
  other.commit();
  std::vector<Record> records = read_all(runs.topic());
  EXPECT_EQ(std::erase_if(records, [](const Record& record) { return record.key == "other"; }), 2U);
  expect_in_order(records, JobRuns::kKeys, kItems / JobRuns::kKeys);
}

class SentEpochGivenAnOlderToken : public GivenABroker {};

// As when a process is killed before it has put the token right.
TEST_F(SentEpochGivenAnOlderToken, WhenReadersSeeTheEpochThenItIsNotSentAgain) {
  const JobRuns runs{broker().bootstrap(), kItems};
  ASSERT_EQ(runs.run(KillPoint{"decided", 4, SIGKILL}), -1);
  const std::optional<CommittedOffset> older = committed_offset(runs.group(), runs.topic(), 0);
  ASSERT_TRUE(older);
  ASSERT_EQ(runs.run(KillPoint{"committed", 2, SIGKILL}), -1);
  const auto committed = [&] { return committed_offset(runs.group(), runs.topic(), 0); };
  ASSERT_NE(committed(), older);
  commit_offset(runs.group(), runs.topic(), 0, older->offset, older->metadata);
  ASSERT_EQ(committed(), older);
  EXPECT_EQ(runs.run(), 0) << runs.said();
  runs.expect_exactly_once();
}

}  // namespace
}  // namespace weir::tests::kafka
