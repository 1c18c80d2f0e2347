#include "runtime/latency.hpp"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

namespace weir::detail::runtime {
namespace {

using namespace std::chrono_literals;

TEST(ALatency, CountsEachTimeInTheBucketOfTheFirstBoundThatIsNotLess) {
  Latency latency;
  latency.record(0ns);
  latency.record(1ms);
  latency.record(1ms + 1ns);
  latency.record(100s);
  latency.record(101s);
  EXPECT_EQ(latency.buckets.front(), 2U);
  EXPECT_EQ(latency.buckets[1], 1U);
  EXPECT_EQ(latency.buckets[Latency::kBounds.size() - 1], 1U);
  EXPECT_EQ(latency.buckets.back(), 1U);
  EXPECT_EQ(latency.count(), 5U);
  EXPECT_EQ(latency.sum, 201s + 2ms + 1ns);
}

TEST(ALatency, GuessesQuantilesWithinABucket) {
  Latency latency;
  EXPECT_EQ(latency.quantile(0.5), std::nullopt);
  for (int i = 0; i < 4; ++i) {
    latency.record(3ms);
  }
  EXPECT_DOUBLE_EQ(*latency.quantile(0.5), 0.0035);
  EXPECT_DOUBLE_EQ(*latency.quantile(1), 0.005);
  latency.record(500s);
  EXPECT_DOUBLE_EQ(*latency.quantile(0.99), 100);
}

TEST(ALatency, AddsUpAndCountsFromAnEarlierState) {
  Latency before;
  before.record(3ms);
  Latency now = before;
  now.record(7ms);
  Latency both = before;
  both += now;
  EXPECT_EQ(both.count(), 3U);
  now -= before;
  EXPECT_EQ(now.count(), 1U);
  EXPECT_EQ(now.sum, 7ms);
}

}  // namespace
}  // namespace weir::detail::runtime
