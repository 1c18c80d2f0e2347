#include "bench/statistics.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

TEST(TheMedian, IsTheMiddleValueOrBetweenTheMiddleTwo) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 2, 9}), 3);
}

TEST(TheMiddleSpread, IsTheWidthOfTheMiddleHalfByTheMedian) {
  EXPECT_EQ(middle_spread({1, 2, 3, 4, 5}), 2.0 / 3);
  EXPECT_EQ(middle_spread({2, 2, 2}), 0);
}

TEST(TheMannWhitneyTest, GivesThePOfTheTables) {
  EXPECT_DOUBLE_EQ(mann_whitney_p({1, 2, 3}, {4, 5, 6}), 2.0 / 20);  // the only order of 20 that is as far apart
  EXPECT_DOUBLE_EQ(mann_whitney_p({4, 5, 6}, {1, 2, 3}), 2.0 / 20);
  EXPECT_NEAR(mann_whitney_p({19, 22, 16, 29, 24}, {20, 11, 17, 12}), 0.1111, 0.0001);
  EXPECT_EQ(mann_whitney_p({1, 2, 3}, {1, 2, 3}), 1);
}

TEST(TheMannWhitneyTest, GoesOnSmoothlyBeyondWhatItCountsExactly) {
  const auto shifted = [](int values, double by) {
    std::vector<double> all;
    for (int i = 0; i < values; ++i) {
      all.push_back(i + by);
    }
    return all;
  };
  const double exact = mann_whitney_p(shifted(20, 0), shifted(20, 5.5));
  const double approximate = mann_whitney_p(shifted(21, 0), shifted(21, 5.5));
  EXPECT_NEAR(exact, approximate, 0.01);
  EXPECT_LT(exact, 0.05);
}

}  // namespace
}  // namespace weir::bench
