#include "bench/weir_windows.hpp"

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "bench/baseline_windows.hpp"
#include "weir/testing.hpp"

namespace weir::bench {
namespace {

// Both sides of a workload find the same.
void expect_agreement(Outcome (*hand_written)(std::uint64_t), Outcome (*on_weir)(std::uint64_t, const Setup&)) {
  constexpr std::uint64_t kEvents = 200'000;
  const Outcome due = hand_written(kEvents);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const Outcome found = on_weir(kEvents, {.workers = workers});
    EXPECT_EQ(found.events, due.events);
    EXPECT_EQ(found.outputs, due.outputs) << workers << " workers";
    EXPECT_EQ(found.sum, due.sum) << workers << " workers";
  }
}

TEST(TheBenchmarkOfTumblingWindows, FindsWhatTheHandWrittenLoopFinds) {
  expect_agreement(hand_written_tumbling_windows, run_tumbling_windows);
}

TEST(TheBenchmarkOfSlidingWindows, FindsWhatTheHandWrittenLoopFinds) {
  expect_agreement(hand_written_sliding_windows, run_sliding_windows);
}

TEST(TheBenchmarkOfSessionWindows, FindsWhatTheHandWrittenLoopFinds) {
  expect_agreement(hand_written_session_windows, run_session_windows);
}

}  // namespace
}  // namespace weir::bench
