// Applications, whose processes are runs of this program: each is a member of the group of its own.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/kafka_application.hpp"
#include "application/kafka_port.hpp"
#include "coordinator/application.hpp"
#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/job_runs.hpp"
#include "kafka/output_record.hpp"
#include "kafka/topics.hpp"
#include "temporary_folder.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kShards = 4;
constexpr std::size_t kKeys = 10;
constexpr auto kMostWait = 60s;

std::pair<std::string, std::string> whole(const KafkaRecord& record) {
  return {std::string{record.key.value_or("")}, std::string{record.value.value_or("")}};
}

/// Counts the records of each key, and emits each count.
class AnApplicationThatCounts : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (!IsSkipped()) {
      input_ = create_topic(kShards);
      output_ = create_topic(2);
      id_ = unique_name("application");
    }
  }

  [[nodiscard]] Dataflow flow(const std::string& name = "counts") const {
    const KafkaCluster cluster{broker().bootstrap()};
    Dataflow flow{name};
    flow.input("input", KafkaInput{cluster, {input_}, &whole}) |
        op::stateful_map("count",
                         [](std::optional<std::int64_t>& count, const std::string& /*value*/) {
                           count = count.value_or(0) + 1;
                           return *count;
                         }) |
        op::output("out", KafkaOutput{cluster, output_, KafkaText{}});
    return flow;
  }

  [[nodiscard]] RunOptions options(const std::string& instance = "") const {
    RunOptions options;
    options.workers = 2;
    options.epoch_interval = 50ms;
    options.application = detail::application::make_application(KafkaCluster{broker().bootstrap()}, id_, instance);
    return options;
  }

  // One more record of every key, by its own place.
  void send_all(std::size_t times = 1) const {
    std::vector<Record> records;
    for (std::size_t i = 0; i < times * kKeys; ++i) {
      records.push_back({.partition = -1, .key = "key" + std::to_string(i % kKeys), .value = "x"});
    }
    produce(input_, records);
  }

  // Waits until so many figures are there.
  void wait_for(std::size_t figures) const {
    for (const auto end = Clock::now() + kMostWait; read_all(output_).size() < figures && Clock::now() < end;) {
      std::this_thread::sleep_for(20ms);
    }
  }

  void expect_counts(std::size_t last) const {
    expect_in_order(read_all(output_), kKeys, static_cast<std::int64_t>(last));
  }

  // The words of the failure that a run ends with.
  std::string failure_of(const Dataflow& flow) const {
    try {
      weir::run(flow, options());
    } catch (const std::exception& error) {
      std::string words = error.what();
      try {
        std::rethrow_if_nested(error);
      } catch (const std::exception& cause) {
        words += std::string{": "} + cause.what();
      }
      return words;
    }
    return "none";
  }

  std::string input_;
  std::string output_;
  std::string id_;
};

TEST_F(AnApplicationThatCounts, WhenItIsOneProcessThenEachCountIsThereOnce) {
  send_all(3);
  const Dataflow flow = this->flow();
  RunHandle run = start(flow, options());
  wait_for(3 * kKeys);
  run.stop();
  EXPECT_EQ(run.wait().outcome, Outcome::kDrained);
  expect_counts(3);
}

TEST_F(AnApplicationThatCounts, WhenItStopsAndStartsThenItGoesOnFromItsState) {
  send_all(2);
  const Dataflow flow = this->flow();
  {
    RunHandle run = start(flow, options());
    wait_for(2 * kKeys);
  }
  send_all(2);
  RunHandle run = start(flow, options());
  wait_for(4 * kKeys);
  run.stop();
  run.wait();
  expect_counts(4);
}

TEST_F(AnApplicationThatCounts, WhenProcessesJoinAndLeaveThenTheCountsGoOn) {
  send_all();
  const Dataflow flow = this->flow();
  RunHandle first = start(flow, options());
  wait_for(kKeys);
  RunHandle second = start(flow, options());
  send_all();
  wait_for(2 * kKeys);
  RunHandle third = start(flow, options());
  send_all();
  wait_for(3 * kKeys);
  first.stop();
  EXPECT_EQ(first.wait().outcome, Outcome::kDrained);
  send_all();
  wait_for(4 * kKeys);
  second.stop();
  third.stop();
  second.wait();
  third.wait();
  expect_counts(4);
}

TEST_F(AnApplicationThatCounts, WhenThereAreMoreProcessesThanShardsThenTheOthersWait) {
  send_all();
  const Dataflow flow = this->flow();
  std::vector<RunHandle> runs;
  for (int i = 0; i < kShards + 1; ++i) {
    runs.push_back(start(flow, options()));
  }
  wait_for(kKeys);
  for (RunHandle& run : runs) {
    run.stop();
  }
  for (RunHandle& run : runs) {
    EXPECT_EQ(run.wait().outcome, Outcome::kDrained);
  }
  expect_counts(1);
}

// A process of a name stays a member when it is killed, and one of the same name takes its place.
TEST_F(AnApplicationThatCounts, WhenAProcessOfANameStopsThenAnotherOneHasItsShardsAtOnce) {
  send_all();
  const Dataflow flow = this->flow();
  RunHandle first = start(flow, options("one"));
  RunHandle second = start(flow, options("two"));
  wait_for(kKeys);
  first.stop();
  EXPECT_EQ(first.wait().outcome, Outcome::kDrained);
  const auto stopped = Clock::now();
  send_all();
  wait_for(2 * kKeys);
  EXPECT_LT(Clock::now() - stopped, 8s) << "a session is 10 s";
  second.stop();
  second.wait();
  expect_counts(2);
}

TEST_F(AnApplicationThatCounts, WhenAProcessOfANameIsKilledThenTheNextOneHasItsShardsAtOnce) {
  const TemporaryFolder folder;
  const auto start_process = [&] {
    return JobProcess{
        {"application", broker().bootstrap(), input_, output_, id_, "one"}, std::nullopt, folder.path("said")};
  };
  send_all();
  {
    const JobProcess first = start_process();
    wait_for(kKeys);
  }
  const auto killed = Clock::now();
  send_all();
  const JobProcess second = start_process();
  wait_for(2 * kKeys);
  EXPECT_LT(Clock::now() - killed, 8s) << "a session is 10 s";
  expect_counts(2);
}

TEST_F(AnApplicationThatCounts, WhenTwoProcessesHaveOneNameThenTheOlderOneFails) {
  send_all();
  const Dataflow flow = this->flow();
  RunHandle older = start(flow, options("one"));
  wait_for(kKeys);
  RunHandle newer = start(flow, options("one"));
  EXPECT_THAT([&] { older.wait(); }, ThrowsMessage<std::runtime_error>(HasSubstr("refuse this process as a member")));
  send_all();
  wait_for(2 * kKeys);
  newer.stop();
  newer.wait();
  expect_counts(2);
}

TEST_F(AnApplicationThatCounts, WhenAProcessOfANameWasKilledInATransactionThenTheNextOneEndsIt) {
  const std::string shards = id_ + "-shards";
  const std::string state = id_ + "-state";
  create_topic_named(shards, kShards);
  create_topic_named(state, kShards);
  const auto make_port = [&] {
    using detail::application::Instance;
    return detail::application::KafkaPort{KafkaCluster{broker().bootstrap()}, id_, state, Instance{"one", {shards, 1}},
                                          Log{}};
  };
  {
    detail::application::KafkaPort port = make_port();
    const auto sender = port.make_sender(port.fresh_id());
    detail::kafka::OutputRecord record;
    record.topic = output_;
    record.partition = 0;
    record.value = "1";
    sender->begin();
    sender->send(record);
    for (const auto end = Clock::now() + kMostWait;
         end_offset(output_, 0, Isolation::kUncommitted) == 0 && Clock::now() < end;) {
      std::this_thread::sleep_for(20ms);
    }
  }
  ASSERT_EQ(end_offset(output_, 0), 0) << "the transaction is not open";
  make_port().end_predecessor();
  EXPECT_EQ(end_offset(output_, 0), 2) << "a record and the mark of an abort";
}

TEST_F(AnApplicationThatCounts, WhenATransactionHoldsATakeoverUpThenTheProcessShowsItAndCanStop) {
  const std::string state = id_ + "-state";
  create_topic_named(state, kShards);
  Transaction open;
  open.produce(state, {{.partition = 1, .key = "m", .value = "x"}});
  std::stop_source stop;
  RunOptions options = this->options();
  options.stop = stop.get_token();
  std::string shown;
  const auto end = Clock::now() + kMostWait;
  const auto look = [&](const detail::status::RunStatus& status) {
    if (status.application && status.application->waits_for.find("has not ended") != std::string::npos) {
      shown = std::to_string(status.application->shards) + " shards: " + status.application->waits_for;
    }
    if (!shown.empty() || Clock::now() > end) {
      stop.request_stop();
    }
  };
  const Dataflow flow = this->flow();
  detail::coordinator::Supervisor process{RunAccess::graph(flow), options, nullptr, {.watcher = {.tell = look}}};
  EXPECT_EQ(process.execute().outcome, Outcome::kDrained);
  EXPECT_THAT(shown,
              AllOf(HasSubstr("4 shards: the state of 1 of 4 shards"), HasSubstr("at offset 0 of " + state + "/1")));
}

TEST_F(AnApplicationThatCounts, WhenItsTopicsAreAskedForThenTheyAreListedAndMade) {
  const Dataflow flow = this->flow();
  const auto answer = [&](detail::application::AskTopics ask) {
    return detail::application::make_application(KafkaCluster{broker().bootstrap()}, id_, "", ask)
        ->answer(RunAccess::graph(flow))
        .value_or("");
  };
  using enum detail::application::AskTopics;
  EXPECT_THAT(answer(kPrint), AllOf(HasSubstr(input_), HasSubstr(id_ + "-shards"), HasSubstr(id_ + "-state"),
                                    HasSubstr("cleanup.policy=compact"), HasSubstr("missing")));
  EXPECT_THAT(answer(kMake), HasSubstr("made"));
  EXPECT_THAT(answer(kPrint), AllOf(HasSubstr("is there"), Not(HasSubstr("missing"))));
  EXPECT_EQ(partition_count(id_ + "-state"), kShards);
}

TEST_F(AnApplicationThatCounts, WhenAKeyIsInAnotherPartitionThenTheRunNamesIt) {
  send_all();
  for (std::int32_t partition = 0; partition < kShards; ++partition) {
    produce(input_, partition, "stray", "x");
  }
  EXPECT_THAT(failure_of(flow()),
              AllOf(HasSubstr("step \"count\""), HasSubstr("the key \"stray\" came from " + input_)));
}

TEST_F(AnApplicationThatCounts, WhenItsTopicHasGrownThenItIsRefused) {
  send_all();
  {
    const Dataflow flow = this->flow();
    RunHandle run = start(flow, options());
    wait_for(kKeys);
  }
  add_partitions(input_, kShards + 1);
  EXPECT_THAT(failure_of(flow()), HasSubstr("their number can never change"));
}

TEST_F(AnApplicationThatCounts, WhenItBelongsToAnotherDataflowThenItIsRefused) {
  send_all();
  {
    const Dataflow flow = this->flow();
    RunHandle run = start(flow, options());
    wait_for(kKeys);
  }
  EXPECT_THAT(failure_of(flow("others")), AllOf(HasSubstr("\"counts\""), HasSubstr("\"others\"")));
}

}  // namespace
}  // namespace weir::tests::kafka
