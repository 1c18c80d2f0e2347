#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/topic_edges.hpp"
#include "coordinator/placement.hpp"
#include "coordinator/run_access.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string kBrokers = "broker:9092";

std::pair<std::string, int> count(const KafkaRecord& record) { return {std::string{record.key.value_or("")}, 1}; }
int add(int so_far, int next) { return so_far + next; }

/// A dataflow that an application can run, until a test adds to it.
class GivenADataflowOnATopic : public ::testing::Test {
 protected:
  static auto topic(const std::string& brokers = kBrokers) {
    return KafkaInput{KafkaCluster{brokers}, {"orders"}, count};
  }
  static auto output() { return op::output("out", KafkaOutput{KafkaCluster{kBrokers}, "sums", KafkaText{}}); }

  std::string refusal() {
    try {
      detail::coordinator::check_shards(RunAccess::graph(flow_), kBrokers);
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  }

  Dataflow flow_{"sums"};
};

TEST_F(GivenADataflowOnATopic, WhenItGoesByTheKeyOfTheTopicThenItRuns) {
  flow_.input("orders", topic()) | op::reduce("sum", add, [](int) { return false; }) | output();
  EXPECT_EQ(refusal(), "");
}

TEST_F(GivenADataflowOnATopic, WhenItWritesToStandardOutputThenItRuns) {
  flow_.input("orders", topic()) | op::output("out", StandardOutput{});
  EXPECT_EQ(refusal(), "");
}

TEST_F(GivenADataflowOnATopic, WhenAnInputIsNoTopicThenItIsNamed) {
  flow_.input("lines", TextFiles{{"in.txt"}}) | op::output("out", StandardOutput{});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("step \"lines\""), HasSubstr("reads no Kafka topic")));
}

TEST_F(GivenADataflowOnATopic, WhenAnInputEndsThenItRuns) {
  flow_.input("orders", topic().stop_at_end()) | output();
  EXPECT_EQ(refusal(), "");
}

TEST_F(GivenADataflowOnATopic, WhenAnInputEndsAndAnEdgeIsATopicThenBothStepsAreNamed) {
  flow_.input("orders", topic().stop_at_end()) | op::reduce("sum", add, [](int) { return false; }) | output();
  EXPECT_THAT([&] { detail::application::check_repartition(RunAccess::graph(flow_), {.steps = {"sum"}}); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("step \"orders\""), HasSubstr("items of step \"sum\""))));
}

TEST_F(GivenADataflowOnATopic, WhenAnInputIsOfAnotherClusterThenItIsNamed) {
  flow_.input("orders", topic("elsewhere:9092")) | output();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("step \"orders\""), HasSubstr("elsewhere:9092")));
}

TEST_F(GivenADataflowOnATopic, WhenASinkHasTransactionsOfItsOwnThenItIsNamed) {
  flow_.input("orders", topic()) | op::map("text", [](const std::pair<std::string, int>& item) { return item.first; }) |
      op::output("file", TextFile{"out.txt"});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("step \"file\""), HasSubstr("write to a Kafka topic")));
}

TEST_F(GivenADataflowOnATopic, WhenItemsAreSpreadThenTheStepIsNamed) {
  flow_.input("orders", topic()) | op::redistribute("spread") | output();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("step \"spread\""), HasSubstr("leave the step out")));
}

TEST_F(GivenADataflowOnATopic, WhenItemsGoToAllWorkersThenTheStepIsNamed) {
  flow_.input("orders", topic()) | op::broadcast("all") | output();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("step \"all\""), HasSubstr("other processes")));
}

TEST_F(GivenADataflowOnATopic, WhenAKeyHasNoPlaceInATopicThenItRuns) {
  flow_.input("orders", topic()) | op::map("pair", [](const std::pair<std::string, int>& item) {
    return std::pair{std::pair{item.first, item.second}, 1};
  }) | op::reduce("sum", add, [](int) {
    return false;
  }) | op::output("out", ManualOutput{[](std::size_t, std::size_t) { return [](const auto&) {}; }});
  EXPECT_EQ(refusal(), "");
}

TEST_F(GivenADataflowOnATopic, WhenAStepThatFoldsFirstHasNoSuchKeyThenItsItemsGoThroughATopic) {
  flow_.input("orders", topic()) | op::count_final("count", [](const std::pair<std::string, int>& item) {
    return std::pair{item.first, item.second};
  }) | op::output("out", ManualOutput{[](std::size_t, std::size_t) { return [](const auto&) {}; }});
  EXPECT_EQ(refusal(), "");
  const auto& steps = RunAccess::graph(flow_).steps();
  const auto step = std::ranges::find(steps, "count", &detail::graph::StepSpec::id);
  ASSERT_NE(step, steps.end());
  EXPECT_TRUE(detail::application::leaves(*step, step->inputs.front(), {}));
}

std::string mistake_in(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  Flags flags{"program", "A program."};
  const KafkaFlags kafka{flags};
  ::testing::internal::CaptureStderr();
  const std::optional<int> exit = flags.parse(static_cast<int>(arguments.size()), arguments.data());
  const std::string said = ::testing::internal::GetCapturedStderr();
  return exit == 2 ? said : "none";
}

TEST(FlagsOfAnApplication, WhenThereIsNoApplicationThenTheyAreRefused) {
  EXPECT_THAT(mistake_in({"--instance", "one"}), HasSubstr("give --application too"));
  EXPECT_THAT(mistake_in({"--kafka-topics", "print"}), HasSubstr("give --application too"));
}

TEST(FlagsOfAnApplication, WhenTheyCannotBeRightThenTheyAreRefused) {
  EXPECT_THAT(mistake_in({"--application", "a"}), HasSubstr("--kafka is missing"));
  EXPECT_THAT(mistake_in({"--application", "a", "--kafka", "b:1", "--recovery", "r"}), HasSubstr("exclude each other"));
  EXPECT_THAT(mistake_in({"--application", "a", "--kafka", "b:1", "--kafka-topics", "show"}),
              HasSubstr("give print or make"));
  EXPECT_THAT(mistake_in({"--application", "a/b", "--kafka", "b:1"}), HasSubstr("cannot name an application"));
}

}  // namespace
}  // namespace weir
