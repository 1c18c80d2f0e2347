// What an input and an output do while no broker can be reached, for as long as that takes. Their warnings, one a
// minute, are the clock: here they come more often.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/allocated_bytes.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/polled_input.hpp"
#include "kafka/relay.hpp"
#include "kafka/text_of.hpp"
#include "kafka/topics.hpp"
#include "weir/kafka.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::size_t kWarnings = 10;  // minutes of an outage

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// Clients that reach the broker by a relay alone.
class ALongOutage : public GivenARelayedBroker {
 protected:
  void SetUp() override {
    GivenARelayedBroker::SetUp();
    if (!IsSkipped()) {
      relay_.emplace(broker().relay_listen(), broker().relay_forward());
      topic_ = create_topic(2);
    }
  }

  std::optional<Relay> relay_;
  std::string topic_;
  const ChangedWaits waits_{[](auto& of) {
    of.check_answer = 200ms;
    of.check_again = 10ms;
    of.between_warnings = 100ms;
  }};
};

TEST_F(ALongOutage, WhenBrokersAreAwayThenAnInputWaitsWarnsAgainAndAgainAndNoPartitionIsIdle) {
  produce(topic_, 0, "k", "before");
  PolledInput polled{KafkaInput{KafkaCluster{relay_->address()}, {topic_}, &text_of}.refresh(200ms)};
  polled.open(topic_ + "/0");
  polled.open(topic_ + "/1");
  polled.poll_until_items(1);
  polled.poll_until_idle();
  relay_->go_away();
  polled.poll_until([&] { return polled.run().warnings().size() >= 2; });
  const std::size_t held = allocated_bytes();
  polled.poll_until([&] {
    EXPECT_TRUE(polled.answer(0).is_blocked());
    EXPECT_TRUE(polled.answer(1).is_blocked());
    return polled.run().warnings().size() >= kWarnings;
  });
  EXPECT_LT(allocated_bytes(), held + kMiB);
  EXPECT_THAT(polled.run().warnings(), Each(HasSubstr("cannot be reached, and the input waits for it")));
  relay_->come_back();
  produce(topic_, 1, "k", "after");
  polled.poll_until_items(2);
  EXPECT_THAT(polled.items(), ElementsAre("before", "after"));
  polled.poll_until_idle();
}

TEST_F(ALongOutage, WhenBrokersAreAwayThenAnOutputTakesOnlySoMuchAndWarnsAgainAndAgain) {
  WatchedRun run;
  const auto settings = detail::kafka::declared_output(KafkaCluster{relay_->address()}, topic_);
  const auto output = detail::kafka::open_output(settings, run.context());
  relay_->go_away();
  std::string row;
  KafkaRecordWriter{}.key("k").value(std::string(1'000, 'v')).append_to(row);
  const std::size_t before = allocated_bytes();
  std::size_t rows = 0;
  for (; rows < 100'000 && output->ready(); ++rows) {
    output->write(std::string{row});
  }
  EXPECT_LT(rows * row.size(), 17 * kMiB);
  const auto poll_until = [&](const auto& done) {
    const auto deadline = std::chrono::steady_clock::now() + 1min;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      EXPECT_NO_THROW(output->flush());
      run.wait(10ms);
    }
    EXPECT_TRUE(done());
  };
  poll_until([&] { return run.warnings().size() >= 2; });
  const std::size_t held = allocated_bytes();
  EXPECT_LT(held, before + 64 * kMiB);
  poll_until([&] { return run.warnings().size() >= kWarnings; });
  EXPECT_LT(allocated_bytes(), held + kMiB);
  EXPECT_FALSE(output->ready());
  EXPECT_THAT(run.warnings(), Each(HasSubstr("Kafka has taken no record for")));
  relay_->come_back();
  poll_until([&] { return output->drained(); });
  EXPECT_EQ(read_all(topic_).size(), rows);
}

// Its epoch is committed, and the line is cut before the broker hears of it.
TEST_F(ALongOutage, WhenBrokersAreAwayInACommitThenTheRunWaitsWithTheSameMemoryAndEveryRecordIsThereOnce) {
  JobRuns runs{relay_->address(), 360};
  runs.more = {"refuse", "between_warnings.ms=100"};
  relay_->hold(ApiKey::kEndTxn, 4);
  JobProcess job = runs.start();
  ASSERT_TRUE(relay_->wait_for_faults(1));
  relay_->go_away();
  relay_->release();
  const auto wait_for_warnings = [&](std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 1min;
    const auto warned = [&] { return count_of(runs.said(), "Kafka does not take the output for") >= count; };
    while (!warned() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(10ms);
    }
    EXPECT_TRUE(warned()) << runs.said();
  };
  wait_for_warnings(2);
  const std::size_t held = job.resident_bytes();
  wait_for_warnings(6);
  EXPECT_GT(held, kMiB);
  EXPECT_LT(job.resident_bytes(), held + 4 * kMiB);
  relay_->come_back();
  EXPECT_EQ(job.wait(), 0) << runs.said();
  runs.expect_exactly_once();
}

}  // namespace
}  // namespace weir::tests::kafka
