// Applications whose keys are not those of their topics: items go through topics of their own.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/kafka_application.hpp"
#include "coordinator/application.hpp"
#include "coordinator/run_access.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/topics.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kShards = 4;
constexpr std::size_t kUsers = 12;
constexpr auto kMostWait = 60s;

/// Counts the visits of each user, whose messages have the region as their key.
class AnApplicationByAnotherKey : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (!IsSkipped()) {
      input_ = create_topic(kShards);
      output_ = create_topic(2);
      id_ = unique_name("application");
    }
  }

  static auto counts(const char* id) {
    return op::stateful_map(id, [](std::optional<std::int64_t>& count, const std::string& /*user*/) {
      count = count.value_or(0) + 1;
      return *count;
    });
  }

  [[nodiscard]] Dataflow flow() const {
    const KafkaCluster cluster{broker().bootstrap()};
    Dataflow flow{"visits"};
    flow.input(
        "input",
        KafkaInput{cluster, {input_}, [](const KafkaRecord& visit) { return std::string{visit.value.value_or("")}; }}) |
        op::key_on("by_user", [](const std::string& user) { return user; }) | counts("count") |
        op::output("out", KafkaOutput{cluster, output_, KafkaText{}});
    return flow;
  }

  // The same once more behind it, by a key that has no place in a topic.
  [[nodiscard]] Dataflow flow_of_pairs() const {
    const KafkaCluster cluster{broker().bootstrap()};
    Dataflow flow{"pairs"};
    flow.input(
        "input",
        KafkaInput{cluster, {input_}, [](const KafkaRecord& visit) { return std::string{visit.value.value_or("")}; }}) |
        op::key_on("by_user", [](const std::string& user) { return user; }) | counts("count") |
        op::map("by_half",
                [](const std::pair<std::string, std::int64_t>& item) {
                  return std::pair{std::pair{item.first, item.second % 2}, item.first};
                }) |
        counts("count_half") |
        op::map("text",
                [](const std::pair<std::pair<std::string, std::int64_t>, std::int64_t>& item) {
                  return std::pair{item.first.first + "/" + std::to_string(item.first.second), item.second};
                }) |
        op::output("out", KafkaOutput{cluster, output_, KafkaText{}});
    return flow;
  }

  [[nodiscard]] RunOptions options(std::vector<std::string> steps = {"count"}) const {
    RunOptions options;
    options.workers = 2;
    options.epoch_interval = 50ms;
    options.application = detail::application::make_application(KafkaCluster{broker().bootstrap()}, id_,
                                                                {.repartition = {.steps = std::move(steps)}});
    return options;
  }

  // One more visit of each user.
  void send_all(std::size_t times = 1) const {
    std::vector<Record> records;
    for (std::size_t i = 0; i < times * kUsers; ++i) {
      const std::size_t user = i % kUsers;
      records.push_back(
          {.partition = -1, .key = "region" + std::to_string(user % 5), .value = "user" + std::to_string(user)});
    }
    produce(input_, records);
  }

  void wait_for(std::size_t figures) const {
    for (const auto end = Clock::now() + kMostWait; read_all(output_).size() < figures && Clock::now() < end;) {
      std::this_thread::sleep_for(20ms);
    }
  }

  std::string failure_of(const Dataflow& flow, const RunOptions& options) const {
    try {
      weir::run(flow, options);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "none";
  }

  std::string input_;
  std::string output_;
  std::string id_;
};

TEST_F(AnApplicationByAnotherKey, WhenItIsOneProcessThenEachCountIsThereOnce) {
  send_all(3);
  const Dataflow flow = this->flow();
  RunHandle run = start(flow, options());
  wait_for(3 * kUsers);
  run.stop();
  EXPECT_EQ(run.wait().outcome, Outcome::kDrained);
  expect_in_order(read_all(output_), kUsers, 3);
}

TEST_F(AnApplicationByAnotherKey, WhenProcessesJoinAndLeaveThenTheCountsGoOn) {
  send_all();
  const Dataflow flow = this->flow();
  RunHandle first = start(flow, options());
  wait_for(kUsers);
  RunHandle second = start(flow, options());
  send_all();
  wait_for(2 * kUsers);
  RunHandle third = start(flow, options());
  send_all();
  wait_for(3 * kUsers);
  first.stop();
  EXPECT_EQ(first.wait().outcome, Outcome::kDrained);
  send_all();
  wait_for(4 * kUsers);
  second.stop();
  third.stop();
  second.wait();
  third.wait();
  expect_in_order(read_all(output_), kUsers, 4);
}

TEST_F(AnApplicationByAnotherKey, WhenKeysHaveNoPlaceInATopicThenTheyGoThroughOneWithoutBeingAskedFor) {
  send_all(4);
  const Dataflow flow = flow_of_pairs();
  RunHandle first = start(flow, options());
  RunHandle second = start(flow, options());
  wait_for(4 * kUsers);
  first.stop();
  second.stop();
  first.wait();
  second.wait();
  expect_in_order(read_all(output_), 2 * kUsers, 2);
}

TEST_F(AnApplicationByAnotherKey, WhenTheStepIsNotAskedForThenTheErrorSaysHow) {
  send_all();
  EXPECT_THAT(failure_of(flow(), options({})), AllOf(HasSubstr("step \"count\""), HasSubstr("--repartition")));
}

TEST_F(AnApplicationByAnotherKey, WhenTheStepIsAskedForLaterThenItsStateGoesOn) {
  std::vector<Record> records;  // one user of each region, with the region's name
  for (std::size_t region = 0; region < 5; ++region) {
    const std::string name = "region" + std::to_string(region);
    records.push_back({.partition = -1, .key = name, .value = name});
  }
  produce(input_, records);
  const Dataflow flow = this->flow();
  {
    RunHandle run = start(flow, options({}));
    wait_for(5);
  }
  produce(input_, records);
  RunHandle run = start(flow, options());
  wait_for(10);
  run.stop();
  run.wait();
  expect_in_order(read_all(output_), 5, 2);
}

TEST_F(AnApplicationByAnotherKey, WhenAStepIsNotKeyedThenItIsRefused) {
  EXPECT_THAT(failure_of(flow(), options({"none"})), HasSubstr("the dataflow has none of that id"));
  EXPECT_THAT(failure_of(flow(), options({"by_user"})), HasSubstr("do not change their key there"));
}

TEST_F(AnApplicationByAnotherKey, WhenItsTopicsAreAskedForThenThatOfTheEdgeIsThereToo) {
  const Dataflow flow = this->flow();
  const auto answer = [&](detail::application::AskTopics ask) {
    return detail::application::make_application(KafkaCluster{broker().bootstrap()}, id_,
                                                 {.ask = ask, .repartition = {.all = true}})
        ->answer(RunAccess::graph(flow))
        .value_or("");
  };
  using enum detail::application::AskTopics;
  EXPECT_THAT(answer(kPrint), AllOf(HasSubstr(id_ + "-count-items"), HasSubstr("cleanup.policy=delete"),
                                    HasSubstr("retention.ms=-1"), HasSubstr("missing")));
  EXPECT_THAT(answer(kMake), HasSubstr("made"));
  EXPECT_THAT(answer(kPrint), Not(HasSubstr("missing")));
  EXPECT_EQ(partition_count(id_ + "-count-items"), kShards);
}

TEST_F(AnApplicationByAnotherKey, WhenSomethingElseIsInTheTopicOfAnEdgeThenTheErrorNamesItsPlace) {
  send_all();
  const std::string edge = id_ + "-count-items";
  create_topic_named(edge, kShards);
  produce(edge, 2, "key", "no frame");
  EXPECT_THAT(failure_of(flow(), options()), AllOf(HasSubstr("step \"count.items\""), HasSubstr(edge + "/2 offset 0"),
                                                   HasSubstr("no frame of packed items")));
}

}  // namespace
}  // namespace weir::tests::kafka
