#include "bench/latency_histogram.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

using std::chrono::nanoseconds;

TEST(ALatencyHistogram, GivesQuantilesThatAreAtMostOnePercentTooHigh) {
  LatencyHistogram histogram;
  for (int n = 1; n <= 1'000'000; ++n) {
    histogram.add(nanoseconds{n});
  }
  for (const double share : {0.0001, 0.01, 0.5, 0.99, 0.999}) {
    const double found = static_cast<double>(histogram.quantile(share).count());
    EXPECT_GE(found, share * 1e6);
    EXPECT_LE(found, share * 1e6 * 1.01);
  }
  EXPECT_EQ(histogram.quantile(1), nanoseconds{1'000'000});
  EXPECT_EQ(histogram.max(), nanoseconds{1'000'000});
}

TEST(ALatencyHistogram, AddsUpWhatSeveralThreadsCounted) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.add(nanoseconds{10});
  other.add(nanoseconds{20});
  other.add(nanoseconds{30});
  one.add_all(other);
  EXPECT_EQ(one.quantile(0.3), nanoseconds{10});
  EXPECT_EQ(one.quantile(0.6), nanoseconds{20});
  EXPECT_EQ(one.max(), nanoseconds{30});
}

TEST(ALatencyHistogram, TakesAnyLatency) {
  LatencyHistogram histogram;
  histogram.add(nanoseconds{-5});
  EXPECT_EQ(histogram.quantile(0.5), nanoseconds{0});
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.quantile(1), nanoseconds::max());
}

TEST(ALatencyHistogram, IsZeroWithoutLatencies) { EXPECT_EQ(LatencyHistogram{}.quantile(0.5), nanoseconds{0}); }

}  // namespace
}  // namespace weir::bench
