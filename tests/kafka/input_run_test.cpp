// Runs that follow topics.

#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <utility>
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
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class RunThatFollowsATopic : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (!IsSkipped()) {
      topic_ = create_topic(2);
    }
  }

  [[nodiscard]] auto input() const {
    return KafkaInput{KafkaCluster{broker().bootstrap()}, {topic_}, &text_of}.refresh(200ms);
  }

  [[nodiscard]] RunOptions options() const {
    RunOptions options;
    options.workers = 2;
    options.recovery = folder_.path("recovery");
    options.epoch_interval = 100ms;
    return options;
  }

  /// Counts a latch down at a value.
  static auto at(std::string value, std::shared_ptr<std::latch> latch) {
    return [value = std::move(value), latch = std::move(latch)](const std::string& item) {
      if (item == value) {
        latch->count_down();
      }
    };
  }

  std::string topic_;
  TemporaryFolder folder_;
  ::weir::testing::Decided<std::string> decided_;
};

TEST_F(RunThatFollowsATopic, WhenPartitionsAreAddedThenItReadsThemAndNothingTwice) {
  produce(topic_, 0, "k", "first");
  const auto first = std::make_shared<std::latch>(1);
  const auto added = std::make_shared<std::latch>(1);
  Dataflow flow{"tested"};
  flow.input("input", input()) | op::inspect("first", at("first", first)) | op::inspect("added", at("added", added)) |
      op::output("out", decided_);
  RunHandle run = start(flow, options());
  first->wait();
  add_partitions(topic_, 3);
  produce(topic_, 2, "k", "added");
  added->wait();
  run.stop();
  EXPECT_EQ(run.wait().restarts, 0U) << "it was planned";
  EXPECT_THAT(decided_.items(), UnorderedElementsAre("first", "added"));
}

TEST_F(RunThatFollowsATopic, WhenItStopsThenTheGroupHasThePositionAndTheNextRunReadsOn) {
  const std::string group = unique_name("group");
  for (const std::string value : {"first", "second"}) {
    produce(topic_, 1, "k", value);
    const auto seen = std::make_shared<std::latch>(1);
    Dataflow flow{"tested"};
    flow.input("input", input().group(group)) | op::inspect("seen", at(value, seen)) | op::output("out", decided_);
    RunHandle run = start(flow, options());
    seen->wait();
    run.stop();
    run.wait();
  }
  EXPECT_THAT(decided_.items(), ElementsAre("first", "second"));
  EXPECT_EQ(committed_offset(group, topic_, 1), (CommittedOffset{2, ""}));
}

TEST_F(RunThatFollowsATopic, WhenItStopsAtTheEndThenTheGroupHasThePositionsThere) {
  const std::string group = unique_name("group");
  produce(topic_, 1, "k", "only");
  Dataflow flow{"tested"};
  flow.input("input", input().group(group).stop_at_end()) | op::output("out", decided_);
  run(flow, options());
  EXPECT_THAT(decided_.items(), ElementsAre("only"));
  EXPECT_EQ(committed_offset(group, topic_, 1), (CommittedOffset{1, ""}));
}

TEST_F(RunThatFollowsATopic, WhenItHasNoRecoveryThenItReadsFromTheStartEachTime) {
  produce(topic_, 0, "k", "only");
  for (int i = 0; i < 2; ++i) {
    const auto seen = std::make_shared<std::latch>(1);
    Dataflow flow{"tested"};
    ::weir::testing::Collected<std::string> items;
    flow.input("input", input()) | op::inspect("seen", at("only", seen)) | op::output("out", items);
    RunOptions without = options();
    without.recovery.clear();
    RunHandle run = start(flow, without);
    seen->wait();
    run.stop();
    run.wait();
    EXPECT_THAT(items.items(), ElementsAre("only"));
  }
}

}  // namespace
}  // namespace weir::tests::kafka
