#include "coordinator/run_watch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/epoch_times.hpp"
#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"
#include "database/database.hpp"
#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"
#include "unit/coordinator/with_two_workers.hpp"
#include "weir/sqlite.hpp"

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;
using status::EdgeState;
using status::RunStatus;
using ::testing::IsEmpty;
using ::testing::SizeIs;

RunReport watched(const Dataflow& flow, const RunOptions& options, std::function<void(RunStatus&&)> tell) {
  Supervisor supervisor{RunAccess::graph(flow), options, nullptr, {.watcher = {.tell = std::move(tell), .every = 1ms}}};
  return supervisor.execute();
}

RangeInput<std::vector<int>> up_to(int end) {
  std::vector<int> numbers(static_cast<std::size_t>(end));
  std::iota(numbers.begin(), numbers.end(), 0);
  return RangeInput{std::move(numbers)};
}

RunStatus last_of(const Dataflow& flow, const RunOptions& options) {
  RunStatus last;
  watched(flow, options, [&](RunStatus&& status) { last = std::move(status); });
  return last;
}

Dataflow sums() {
  Dataflow flow{"flow"};
  flow.input("in", up_to(3'000)) | op::key_on("key", [](int n) { return n % 64; }) | op::sum_final("sum") |
      op::output("out", testing::Collected<std::pair<int, std::int64_t>>{});
  return flow;
}

TEST(AWatchedRun, TellsAtItsEndWhatItsReportHas) {
  const Dataflow flow = sums();
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(workers);
    RunStatus last;
    const RunReport report = watched(flow, {.workers = workers}, [&](RunStatus&& status) { last = std::move(status); });
    EXPECT_EQ(last.phase, RunStatus::Phase::kEnded);
    EXPECT_EQ(last.dataflow, "flow");
    EXPECT_THAT(last.workers, SizeIs(workers));
    ASSERT_EQ(last.steps.size(), report.steps.size());
    for (std::size_t step = 0; step < last.steps.size(); ++step) {
      EXPECT_EQ(last.steps[step].id, report.steps[step].step_id);
      EXPECT_EQ(last.steps[step].op, report.steps[step].op);
      EXPECT_EQ(last.steps[step].items(), report.steps[step].items);
      EXPECT_EQ(last.steps[step].keys_held(), report.steps[step].keys_held);
    }
    EXPECT_EQ(last.items_in(), 3'000U);
    EXPECT_EQ(last.items_out(), 64U);
  }
}

TEST(AWatchedRun, KnowsHowMuchOfARangeWasRead) {
  const RunStatus last = last_of(sums(), {.workers = 2});
  ASSERT_THAT(last.steps[0].partitions, SizeIs(1));
  EXPECT_EQ(last.steps[0].partitions[0].name, "items");
  EXPECT_TRUE(last.steps[0].partitions[0].ended);
  ASSERT_TRUE(last.steps[0].partitions[0].progress);
  EXPECT_EQ(last.steps[0].partitions[0].progress->done, 3'000U);
  EXPECT_EQ(last.steps[0].partitions[0].progress->total, 3'000U);
  EXPECT_EQ(last.part_read(), 1.0);
}

TEST(AWatchedRun, KnowsHowMuchWasReadOfTheRangesOfAManualInput) {
  Dataflow flow{"flow"};
  flow.input("in", ManualInput{[](std::size_t worker, std::size_t /*workers*/, std::optional<int> /*resume_state*/) {
               return std::vector<std::pair<int, int>>(10 + worker);
             }}) |
      op::output("out", testing::Collected<int>{});
  const RunStatus last = last_of(flow, {.workers = 2});
  ASSERT_THAT(last.steps[0].partitions, SizeIs(2));
  ASSERT_TRUE(last.steps[0].partitions[1].progress);
  EXPECT_EQ(last.steps[0].partitions[1].progress->done, 11U);
  EXPECT_EQ(last.steps[0].partitions[1].progress->total, 11U);
  EXPECT_EQ(last.part_read(), 1.0);
}

TEST(AWatchedRun, KnowsHowMuchOfATableWasRead) {
  const TemporaryFolder folder;
  database::Database{folder.path("t.sqlite3"), database::Database::Mode::kReadWriteCreate}.run(
      "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)");
  Dataflow flow{"flow"};
  flow.input("in", SqliteInput{folder.path("t.sqlite3"), "t", columns<std::tuple<int>>("a")}) |
      op::map("map", [](std::tuple<int> row) { return std::get<0>(row); }) |
      op::output("out", testing::Collected<int>{});
  const RunStatus last = last_of(flow, {.workers = 2});
  ASSERT_TRUE(last.steps[0].partitions.at(0).progress);
  EXPECT_EQ(last.steps[0].partitions[0].progress->done, 3U);
  EXPECT_EQ(last.part_read(), 1.0);
}

TEST(AWatchedRun, KnowsHowMuchOfItsFilesWasRead) {
  const TemporaryFolder folder;
  folder.write("a", "one\ntwo\n");
  folder.write("b", "three\n");
  Dataflow flow{"flow"};
  flow.input("in", TextFiles{{folder.path("a"), folder.path("b")}}.as_one_stream()) |
      op::output("out", testing::Collected<std::string>{});
  const RunStatus last = last_of(flow, {.workers = 1});
  ASSERT_THAT(last.steps[0].partitions, SizeIs(1));
  ASSERT_TRUE(last.steps[0].partitions[0].progress);
  EXPECT_EQ(last.steps[0].partitions[0].progress->unit, SourceProgress::Unit::kBytes);
  EXPECT_EQ(last.steps[0].partitions[0].progress->done, 14U);
  EXPECT_EQ(last.steps[0].partitions[0].progress->total, 14U);
}

TEST(AWatchedRun, KnowsHowFarItIsBehindAQueue) {
  QueueSource<int> queue{8};
  Dataflow flow{"flow"};
  flow.input("in", queue) | op::map("map", [](int n) { return n; }) | op::output("out", testing::Collected<int>{});
  RunStatus last;
  const std::jthread host{[queue]() mutable {
    for (int item = 0; item < 5; ++item) {
      while (!queue.push(item)) {
        std::this_thread::yield();
      }
    }
    queue.close();
  }};
  watched(flow, {.workers = 1}, [&](RunStatus&& status) { last = std::move(status); });
  const SourceProgress seen = last.steps.at(0).partitions.at(0).progress.value();
  EXPECT_EQ(seen.done, 5U);
  EXPECT_EQ(seen.total, 5U);
  EXPECT_EQ(seen.unit, SourceProgress::Unit::kItems);
  EXPECT_FALSE(seen.grows);
}

TEST(AWatchedRun, HasTheLastBadRecordsOfItsInputs) {
  const TemporaryFolder folder;
  std::string lines;
  for (int line = 1; line <= 100; ++line) {
    lines += std::string(100, '\xff') + "\n";
  }
  folder.write("lines", lines);
  Dataflow flow{"flow"};
  flow.input("in", TextFiles{{folder.path("lines")}}.max_line_bytes(8), OnBadRecord::skip()) |
      op::output("out", testing::Collected<std::string>{});
  const RunStatus last = last_of(flow, {.workers = 2});
  ASSERT_THAT(last.errors, SizeIs(8));
  EXPECT_TRUE(std::ranges::any_of(
      last.errors, [](const status::ErrorState& bad) { return bad.error.find(":100:") != std::string::npos; }));
  for (const status::ErrorState& bad : last.errors) {
    EXPECT_EQ(last.steps[bad.step].id, "in");
    EXPECT_EQ(bad.partition, folder.path("lines"));
    EXPECT_LT(last.now - bad.at, 1min);
    EXPECT_LT(bad.error.size(), 500U);
  }
}

TEST(AWatchedRun, HasTheLastErrorsThatStepsWentOnAfter) {
  Dataflow flow{"flow"};
  const auto odd = [](int number) {
    if (number % 2 == 0) {
      throw std::runtime_error{std::to_string(number) + " is even"};
    }
    return number;
  };
  flow.input("in", testing::Scripted<int>{{{1, 2, 3, 4}}}) | op::skip_errors(op::map("odd", odd)) |
      op::output("out", testing::Collected<int>{});
  const RunStatus last = last_of(flow, {.workers = 2});
  ASSERT_THAT(last.errors, SizeIs(2));
  EXPECT_EQ(last.errors[0].error, "2 is even");
  EXPECT_EQ(last.errors[1].error, "4 is even");
  for (const status::ErrorState& noted : last.errors) {
    EXPECT_EQ(last.steps[noted.step].id, "odd");
    EXPECT_LT(last.now - noted.at, 1min);
  }
}

TEST(AWatchedRun, CountsWhatCrossesItsEdges) {
  const auto exchanged = [](const RunStatus& status) {
    std::uint64_t bytes = 0;
    for (const EdgeState& edge : status.edges) {
      bytes += edge.kind == EdgeState::Kind::kExchange ? edge.bytes : 0;
    }
    return bytes;
  };
  EXPECT_EQ(exchanged(last_of(sums(), {.workers = 1})), 0U);
  EXPECT_GT(exchanged(last_of(sums(), {.workers = 3})), 0U);
}

TEST(AWatchedRun, KnowsHowFarEventTimeHasCome) {
  Dataflow flow{"flow"};
  const auto time_of = [](int n) { return Time{std::chrono::seconds{n}}; };
  flow.input("in", RangeInput{std::vector{1, 5, 3}}) | op::event_time("time", EventClock{time_of, 2s}) |
      op::map("map", [](int n) { return n; }) | op::output("out", testing::Collected<int>{});
  const RunStatus last = last_of(flow, {.workers = 1});
  EXPECT_EQ(last.steps[0].partitions[0].watermark, Time{3s});
}

TEST(AWatchedRun, SaysInWhichStepCodeDoesNotReturn) {
  std::promise<void> seen;
  Dataflow flow{"flow"};
  flow.input("in", up_to(1)) | op::map("stuck", [returns = seen.get_future().share()](int n) {
    returns.wait();
    return n;
  }) | op::output("out", testing::Collected<int>{});
  bool was_seen = false;
  watched(flow, {.workers = 1}, [&](RunStatus&& status) {
    if (!was_seen && status.workers[0].step == std::size_t{1} && status.workers[0].silent_for > 0ns) {
      was_seen = true;
      seen.set_value();
    }
  });
  EXPECT_TRUE(was_seen);
}

class AWatchOfTwoWorkers : public WithTwoWorkers {
 protected:
  void answers(std::uint32_t worker) {
    watch_.on_status({.worker = WorkerIndex{worker},
                      .kind = worker::WorkerEvent::Kind::kStatus,
                      .epoch = {},
                      .part = {},
                      .status = std::make_unique<worker::WorkerStatus>()});
  }

  void wait_for_question() {
    while (control_.questions() == asked_) {
      context_.run_one();
    }
    asked_ = control_.questions();
  }

  Dataflow flow_ = sums();
  graph::Plan plan_{RunAccess::graph(flow_)};
  std::uint32_t asked_ = 0;
  boost::asio::io_context context_;
  std::vector<RunStatus> told_;
  RunWatch watch_{{plan_, workers_, control_, context_, [] {}, [](RunStatus& /*status*/) {}},
                  {.tell = [this](RunStatus&& status) { told_.push_back(std::move(status)); }, .every = 0ms},
                  false};
};

TEST_F(AWatchOfTwoWorkers, TellsWhenBothHaveAnswered) {
  watch_.start();
  answers(0);
  EXPECT_THAT(told_, IsEmpty());
  answers(0);
  EXPECT_THAT(told_, IsEmpty()) << "a late answer is not that of the other";
  answers(1);
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_FALSE(told_[0].workers[1].ended);
}

TEST_F(AWatchOfTwoWorkers, AsksNoWorkerThatHasEnded) {
  watch_.start();
  wait_for_question();
  workers_[1]->activity().note(runtime::Activity::code({1}, runtime::Activity::Kind::kWork));
  watch_.on_ended(WorkerIndex{1});
  EXPECT_THAT(told_, IsEmpty());
  for (std::size_t question = 1; question <= 3; ++question) {
    answers(0);
    ASSERT_THAT(told_, SizeIs(question)) << "nothing more is waited for";
    EXPECT_FALSE(told_.back().workers[0].ended);
    EXPECT_TRUE(told_.back().workers[1].ended);
    EXPECT_EQ(told_.back().workers[1].silent_for, 0ns);
    EXPECT_EQ(told_.back().workers[1].step, std::nullopt);
    wait_for_question();
  }
}

TEST_F(AWatchOfTwoWorkers, AWorkerThatHasAnsweredMayEnd) {
  watch_.start();
  answers(1);
  watch_.on_ended(WorkerIndex{1});
  EXPECT_THAT(told_, IsEmpty());
  answers(0);
  EXPECT_THAT(told_, SizeIs(1));
}

TEST(AWatchedRun, SaysThatAWorkerHasEndedWhileOthersRun) {
  std::promise<void> seen;
  Dataflow flow{"flow"};
  const auto ended = seen.get_future().share();
  flow.input("in", up_to(64)) | op::key_on("key", [](int n) { return n; }) | op::sum_final("sum") |
      op::map_value("last", per_worker([ended](WorkerContext worker) {
                      return [ended, waits = worker.index.value == 0](std::int64_t n) mutable {
                        if (std::exchange(waits, false)) {
                          ended.wait_for(20s);
                        }
                        return n;
                      };
                    })) |
      op::output("out", testing::Collected<std::pair<int, std::int64_t>>{});
  bool was_seen = false;
  watched(flow, {.workers = 2}, [&](RunStatus&& status) {
    const bool ended_alone = status.workers[0].ended != status.workers[1].ended;
    if (!was_seen && ended_alone && status.phase != RunStatus::Phase::kEnded) {
      was_seen = true;
      seen.set_value();
    }
  });
  EXPECT_TRUE(was_seen);
}

TEST(AWatchedRun, MeasuresHowLongItemsTakeFromTheirSourceToEachOutput) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(workers);
    auto seen = std::make_shared<std::atomic<bool>>(false);
    Dataflow flow{"flow"};
    const auto slow = [seen](int n) {
      if (!*seen) {
        std::this_thread::sleep_for(50us);
      }
      return n;
    };
    flow.input("in", up_to(20'000)) | op::redistribute("deal") | op::map("slow", slow) |
        op::output("out", testing::Collected<int>{});
    RunStatus last;
    watched(flow, {.workers = workers}, [&](RunStatus&& status) {
      *seen = *seen || status.latency().count() > 0;
      last = std::move(status);
    });
    EXPECT_TRUE(*seen);
    EXPECT_GT(last.steps.back().latency.count(), 0U);
    EXPECT_GT(last.steps.back().latency.sum, 0ns);
    EXPECT_EQ(last.steps.front().latency.count(), 0U);
  }
}

TEST(AWatchedRun, CountsTheEpochsThatItsStoreHas) {
  const TemporaryFolder folder;
  const RunStatus last = last_of(sums(), {.workers = 2, .epoch_items = 500, .recovery = folder.path("recovery")});
  EXPECT_TRUE(last.keeps_snapshots);
  EXPECT_FALSE(last.resumed);
  EXPECT_GE(last.epochs.committed, 1U);
  EXPECT_TRUE(last.epochs.last_commit_took);
}

TEST(TheTimesOfEpochs, AreThoseOfTheLastOne) {
  const runtime::Steady start{};
  EpochTimes times{Epoch{3}, start};
  times.on_ordered(Epoch{4}, start + 10s);
  EXPECT_EQ(times.state(start + 11s).open, 5U);
  EXPECT_EQ(times.state(start + 11s).open_for, 1s);
  EXPECT_EQ(times.state(start + 11s).passing, 1s);
  EXPECT_EQ(times.on_passed(start + 12s), 2s);
  EXPECT_EQ(times.state(start + 13s).passing, std::nullopt);
  EXPECT_EQ(times.state(start + 13s).last_took, 2s);

  recovery::EpochCommit commit{.epoch = Epoch{4}, .parts = {}};
  commit.parts.emplace_back().positions.push_back({{}, "partition", "12345"});
  times.on_submitted(commit, start + 12s);
  EXPECT_EQ(times.state(start + 13s).committed, 3U);
  times.on_committed(Epoch{4}, start + 15s);
  EXPECT_EQ(times.state(start + 16s).committed, 4U);
  EXPECT_EQ(times.state(start + 16s).last_commit_took, 3s);
  EXPECT_EQ(times.state(start + 16s).snapshot_bytes, 5U);
}

TEST(AWatchedRun, KnowsItsRestarts) {
  const TemporaryFolder folder;
  auto failures = std::make_shared<int>(1);
  Dataflow flow{"flow"};
  flow.input("in", up_to(10)) | op::map("map", [failures](int n) {
    if (n == 5 && (*failures)-- > 0) {
      throw std::runtime_error{"once"};
    }
    return n;
  }) | op::output("out", testing::Collected<int>{});
  const RunStatus last =
      last_of(flow, {.workers = 1, .recovery = folder.path("recovery"), .restarts = 1, .restart_delay = 0ns});
  EXPECT_EQ(last.epochs.failed, 1U);
}

// What is told of a run whose only item fails its step so many times.
std::vector<RunStatus> told_of_failures(int times, RunOptions options) {
  const TemporaryFolder folder;
  options.recovery = folder.path("recovery");
  auto failures = std::make_shared<int>(times);
  Dataflow flow{"flow"};
  flow.input("in", up_to(1)) | op::map("map", [failures](int n) {
    if ((*failures)-- > 0) {
      throw std::runtime_error{"again"};
    }
    return n;
  }) | op::output("out", testing::Collected<int>{});
  std::vector<RunStatus> told;
  try {
    watched(flow, options, [&](RunStatus&& status) { told.push_back(std::move(status)); });
  } catch (const StepError&) {
    EXPECT_GT(times, static_cast<int>(options.restarts));
  }
  return told;
}

TEST(AWatchedRun, RestartsAndHasNotEndedUntilItsLastFailure) {
  for (const int failures : {2, 4}) {
    const std::vector<RunStatus> told =
        told_of_failures(failures, {.workers = 1, .restarts = 3, .restart_delay = 10ms});
    std::vector<std::size_t> attempts;
    for (const RunStatus& status : told) {
      if (status.restart) {
        EXPECT_EQ(status.phase, RunStatus::Phase::kRestarting);
        EXPECT_EQ(status.restart->most, 3U);
        EXPECT_LE(status.restart->wait, 10ms);
        attempts.push_back(status.restart->attempt);
      }
      EXPECT_EQ(status.phase == RunStatus::Phase::kEnded, &status == &told.back());
    }
    EXPECT_EQ(attempts, failures == 2 ? (std::vector<std::size_t>{1, 2}) : (std::vector<std::size_t>{1, 2, 3}));
  }
}

TEST(AWatchedRun, TellsAgainAndAgainHowLongItWaitsForItsRestart) {
  const std::vector<RunStatus> told = told_of_failures(1, {.workers = 1, .restarts = 1, .restart_delay = 1'100ms});
  std::vector<std::chrono::nanoseconds> waits;
  for (const RunStatus& status : told) {
    if (status.restart) {
      waits.push_back(status.restart->wait);
    }
  }
  ASSERT_GE(waits.size(), 2U);
  EXPECT_LT(waits.back(), waits.front());
}

TEST(AWatchedRun, HasTheMetricsThatTheProgramRegistered) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(workers);
    Dataflow flow{"flow"};
    flow.input("in", up_to(100)) | op::key_on("key", [](int n) { return n; }) |
        op::map_value("seen", per_worker([](WorkerContext worker) {
                        return [seen = worker.counter("seen", "Items")](int n) mutable {
                          seen.add();
                          return n;
                        };
                      })) |
        op::sum_final("sum") | op::output("out", testing::Collected<std::pair<int, std::int64_t>>{});
    const RunStatus last = last_of(flow, {.workers = workers});
    const auto step = std::ranges::find(last.steps, "seen", &status::StepState::id);
    ASSERT_NE(step, last.steps.end());
    ASSERT_THAT(step->metrics, SizeIs(1));
    EXPECT_EQ(step->metrics[0].all.name, "seen");
    EXPECT_EQ(step->metrics[0].all.count, 100U);
    EXPECT_THAT(step->metrics[0].by_worker, SizeIs(workers));
  }
}

TEST(ARun, IsRefusedIfTwoStepsRegisterAMetricOfDifferentKinds) {
  Dataflow flow{"flow"};
  flow.input("in", up_to(1)) |
      op::map("one",
              per_worker([](WorkerContext worker) { return [m = worker.counter("m", "M")](int n) { return n; }; })) |
      op::map("two",
              per_worker([](WorkerContext worker) { return [m = worker.gauge("m", "M")](int n) { return n; }; })) |
      op::output("out", testing::Collected<int>{});
  try {
    run(flow);
    FAIL() << "it ran";
  } catch (const BuildError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("steps \"one\" and \"two\" register a metric \"m\""));
  }
}

}  // namespace
}  // namespace weir::detail::coordinator
