#include "bench/weir_joins.hpp"

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "bench/baseline_joins.hpp"
#include "weir/testing.hpp"

namespace weir::bench {
namespace {

TEST(TheBenchmarkOfTheJoin, FindsWhatTheHandWrittenLoopFinds) {
  constexpr std::uint64_t kItems = 120'000;
  const Outcome due = hand_written_join(kItems);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const Outcome found = run_join(kItems, {.workers = workers});
    EXPECT_EQ(found.events, due.events);
    EXPECT_EQ(found.outputs, due.outputs) << workers << " workers";
    EXPECT_EQ(found.sum, due.sum) << workers << " workers";
  }
}

}  // namespace
}  // namespace weir::bench
