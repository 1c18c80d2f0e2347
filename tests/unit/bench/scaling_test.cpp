#include "bench/scaling.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

TEST(AScalingLaw, IsFoundInThePointsThatFollowIt) {
  const ScalingLaw law{.one = 5e6, .contention = 0.05, .coherence = 0.002};
  std::vector<ScalingPoint> points;
  for (const double workers : {1.0, 2.0, 4.0, 8.0, 16.0}) {
    points.push_back({workers, law.rate(workers)});
  }
  const ScalingLaw found = fit_scaling_law(points);
  EXPECT_NEAR(found.one, law.one, 1);
  EXPECT_NEAR(found.contention, law.contention, 1e-9);
  EXPECT_NEAR(found.coherence, law.coherence, 1e-9);
}

TEST(AScalingLaw, HasNoCoefficientBelowZeroWherePointsGrowFasterThanWorkers) {
  const ScalingLaw found = fit_scaling_law({{1, 10}, {2, 25}, {4, 70}});
  EXPECT_GE(found.contention, 0);
  EXPECT_GE(found.coherence, 0);
  EXPECT_GT(found.one, 10);
}

TEST(AScalingLaw, OfTwoPointsLaysAllThatIsLostToContention) {
  const ScalingLaw found = fit_scaling_law({{1, 10}, {2, 16}});
  EXPECT_DOUBLE_EQ(found.one, 10);
  EXPECT_DOUBLE_EQ(found.contention, 0.25);
  EXPECT_EQ(found.coherence, 0);
}

TEST(AScalingLaw, OfOnePointIsTheIdealLineThroughIt) {
  const ScalingLaw found = fit_scaling_law({{2, 10}});
  EXPECT_EQ(found.one, 5);
  EXPECT_EQ(found.rate(4), 20);
}

}  // namespace
}  // namespace weir::bench
