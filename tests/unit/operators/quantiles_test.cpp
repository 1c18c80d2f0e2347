#include "weir/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "weir/aggregate.hpp"
#include "weir/errors.hpp"

namespace weir {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename V>
agg::QuantileSketch sketch_of(const agg::Quantiles& quantiles, const std::vector<V>& values) {
  agg::QuantileSketch sketch = quantiles.first(values.front());
  for (std::size_t i = 1; i < values.size(); ++i) {
    quantiles.add(sketch, values[i]);
  }
  return sketch;
}

// Of many magnitudes and both signs.
std::vector<double> numbers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::lognormal_distribution<double> magnitude{0, 20};
  std::vector<double> all(count);
  for (double& each : all) {
    each = random() % 10 == 0 ? 0 : random() % 3 == 0 ? -magnitude(random) : magnitude(random);
  }
  return all;
}

TEST(Quantiles, AreAsNearToTheRightNumberAsTheAccuracyPromises) {
  const std::vector<double> at{0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1};
  for (const double accuracy : {0.0001, 0.01, 0.1}) {
    for (const std::size_t count : {1U, 2U, 10U, 1000U}) {
      std::vector<double> all = numbers(count, count);
      const agg::Quantiles quantiles{at, accuracy};
      const std::vector<double> results = quantiles.result(sketch_of(quantiles, all));
      std::ranges::sort(all);
      for (std::size_t i = 0; i < at.size(); ++i) {
        const double right = all[static_cast<std::size_t>(at[i] * static_cast<double>(count - 1))];
        EXPECT_NEAR(results[i], right, std::abs(right) * accuracy * (1 + 1e-9)) << at[i] << " of " << count;
      }
    }
  }
}

TEST(Quantiles, DoNotDependOnWhichPartsAreMergedInWhichOrder) {
  const agg::Quantiles quantiles{{0.1, 0.5, 0.9}};
  const std::vector<double> some = numbers(300, 1);
  const std::vector<double> others = numbers(500, 2);
  std::vector<double> all = some;
  all.insert(all.end(), others.begin(), others.end());
  const std::vector<double> wanted = quantiles.result(sketch_of(quantiles, all));
  agg::QuantileSketch merged = sketch_of(quantiles, some);
  quantiles.merge(merged, sketch_of(quantiles, others));
  EXPECT_EQ(quantiles.result(merged), wanted);
  merged = sketch_of(quantiles, others);
  quantiles.merge(merged, sketch_of(quantiles, some));
  EXPECT_EQ(quantiles.result(merged), wanted);
}

TEST(Quantiles, AreThoseOfTheRestWhenAPartIsTakenOff) {
  const agg::Quantiles quantiles{{0, 0.5, 1}};
  const std::vector<double> some = numbers(300, 3);
  agg::QuantileSketch sketch = sketch_of(quantiles, numbers(500, 4));
  const std::vector<double> wanted = quantiles.result(sketch);
  quantiles.merge(sketch, sketch_of(quantiles, some));
  quantiles.subtract(sketch, sketch_of(quantiles, some));
  EXPECT_EQ(quantiles.result(sketch), wanted);
}

TEST(Quantiles, HavePlacesForAllNumbers) {
  const agg::Quantiles quantiles{{0, 0.2, 0.4, 0.6, 0.8, 1}};
  const std::vector<double> results =
      quantiles.result(sketch_of<double>(quantiles, {kNan, 5e-324, kInfinity, 0, -kInfinity, 1.7e308}));
  EXPECT_EQ(results[0], -kInfinity);
  EXPECT_EQ(results[1], 0);
  EXPECT_NEAR(results[2], 5e-324, 5e-324);
  EXPECT_NEAR(results[3], 1.7e308, 1.7e306);
  EXPECT_EQ(results[4], kInfinity);
  EXPECT_TRUE(std::isnan(results[5]));
  constexpr double kGreatest = std::numeric_limits<double>::max();
  EXPECT_NEAR(quantiles.result(sketch_of<double>(quantiles, {kGreatest}))[0], kGreatest, kGreatest / 100);
  EXPECT_NEAR(quantiles.result(sketch_of<double>(quantiles, {-kGreatest}))[0], -kGreatest, kGreatest / 100);
  EXPECT_NEAR(quantiles.result(sketch_of<std::uint64_t>(quantiles, {UINT64_MAX}))[0], 0x1p64, 0x1p58);
}

TEST(Quantiles, RefuseWhatIsOutOfRange) {
  EXPECT_THROW((agg::Quantiles{{50}}), BuildError);
  EXPECT_THROW((agg::Quantiles{{-0.1}}), BuildError);
  EXPECT_THROW((agg::Quantiles{{kNan}}), BuildError);
  EXPECT_THROW((agg::Quantiles{{0.5}, 0}), BuildError);
  EXPECT_THROW((agg::Quantiles{{0.5}, 1}), BuildError);
}

}  // namespace
}  // namespace weir
