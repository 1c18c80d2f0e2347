#include "coordinator/profiler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/profile_table.hpp"
#include "coordinator/run_access.hpp"
#include "dataflow/every_worker_count.hpp"
#include "unit/coordinator/with_two_workers.hpp"

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;
using runtime::Activity;

class AProfiler : public WithTwoWorkers {
 protected:
  AProfiler() {
    flow_.input("in", testing::Scripted<int>{{}}) | op::map("step", [](int n) { return n; }) |
        op::output("out", testing::Collected<int>{});
  }

  // Each looks at what both workers do then.
  void look(std::uint32_t first, std::uint32_t second, int times) {
    workers_[0]->activity().note(first);
    workers_[1]->activity().note(second);
    for (int i = 0; i < times; ++i) {
      profiler_.look(workers_, now_ += 1s);
    }
  }

  Dataflow flow_{"flow"};
  graph::Plan plan_{RunAccess::graph(flow_)};
  runtime::Steady now_{};
  Profiler profiler_{2, 3, now_};
};

TEST_F(AProfiler, CountsTheTimeBetweenLooksForWhatWorkersWereSeenDoing) {
  look(Activity::code({1}, Activity::Kind::kWork), Activity::kWaitsForRoom, 3);
  look(Activity::code({2}, Activity::Kind::kSerialize), Activity::code({2}, Activity::Kind::kDeserialize), 1);
  look(Activity::kRuntime, Activity::kWaitsForInput, 6);
  const auto profile = profiler_.result(plan_, std::vector<worker::WorkerStatus>(2));
  ASSERT_EQ(profile.size(), 2U);
  EXPECT_EQ(profile[0].steps[1].step_id, "step");
  EXPECT_EQ(profile[0].steps[1].working, 3s);
  EXPECT_EQ(profile[0].steps[2].serializing, 1s);
  EXPECT_EQ(profile[0].runtime, 6s);
  EXPECT_EQ(profile[0].waiting_for_input, 0s);
  EXPECT_EQ(profile[1].waiting_for_room, 3s);
  EXPECT_EQ(profile[1].steps[2].deserializing, 1s);
  EXPECT_EQ(profile[1].waiting_for_input, 6s);
}

TEST_F(AProfiler, CountsNoTimeOfAWorkerAfterItsEnd) {
  look(Activity::code({1}, Activity::Kind::kWork), Activity::code({1}, Activity::Kind::kWork), 3);
  profiler_.on_ended(0);
  look(Activity::code({1}, Activity::Kind::kWork), Activity::code({1}, Activity::Kind::kWork), 2);
  EXPECT_EQ(profiler_.time_of(0, Activity::code({1}, Activity::Kind::kWork)), 3s);
  EXPECT_EQ(profiler_.time_of(1, Activity::code({1}, Activity::Kind::kWork)), 5s);
}

TEST_F(AProfiler, ThatNeverLookedTellsNoTime) {
  const auto profile = profiler_.result(plan_, std::vector<worker::WorkerStatus>(2));
  EXPECT_EQ(profile[0].runtime, 0s);
  EXPECT_EQ(profile[1].steps[0].working, 0s);
}

TEST(AProfile, CountsItemsAndBytesOfEachWorker) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    flow.input("in", testing::Scripted<int>{numbers(3'000)}) | op::key_on("key", [](int n) { return n % 64; }) |
        op::sum_final("sum") | op::output("out", testing::Collected<std::pair<int, std::int64_t>>{});
    RunOptions options;
    options.workers = workers;
    EXPECT_TRUE(run(flow, options).profile.empty());
    options.profile = true;
    const RunReport report = run(flow, options);
    ASSERT_EQ(report.profile.size(), workers);
    for (std::size_t step = 0; step < report.steps.size(); ++step) {
      std::uint64_t items = 0;
      std::uint64_t bytes = 0;
      for (const WorkerProfile& worker : report.profile) {
        EXPECT_EQ(worker.steps[step].step_id, report.steps[step].step_id);
        items += worker.steps[step].items;
        bytes += worker.steps[step].serialized_bytes;
      }
      EXPECT_EQ(items, report.steps[step].items);
      const bool crosses = workers > 1 && report.steps[step].step_id == "sum";
      EXPECT_EQ(bytes > 0, crosses) << report.steps[step].step_id << " on " << workers << " workers";
    }
  }
}

TEST(AProfileTable, HasARowForWhateverTookTimeAndAColumnForEachWorker) {
  RunReport report;
  report.profile = {
      {.waiting_for_input = 5ms,
       .steps = {{.step_id = "in", .working = 10ms, .items = 1'000},
                 {.step_id = "join", .working = 4ms, .serializing = 1ms, .items = 400, .serialized_bytes = 8'000}}},
      {.steps = {{.step_id = "in", .working = 20ms, .items = 2'000}, {.step_id = "join"}}},
  };
  EXPECT_EQ(profile_table(report),
            "step                share          items   ns/item          bytes     w0     w1\n"
            "in                  75.0%           3000   10000.0                 50.0% 100.0%\n"
            "join serialize       2.5%                                    8000   5.0%   0.0%\n"
            "join                10.0%            400   10000.0                 20.0%   0.0%\n"
            "waiting for input   12.5%                                          25.0%   0.0%\n");
}

}  // namespace
}  // namespace weir::detail::coordinator
