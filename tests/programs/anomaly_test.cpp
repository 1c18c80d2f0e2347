#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "anomaly/judge.hpp"
#include "anomaly/moments.hpp"
#include "dataflow/every_worker_count.hpp"
#include "simulation/rng.hpp"
#include "weir/testing_recovery.hpp"

namespace anomaly {
namespace {

using ::testing::Optional;
using weir::simulation::Rng;

/// Mean and standard deviation in two passes, in more digits.
std::pair<double, double> in_two_passes(const std::vector<double>& values) {
  long double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  const long double mean = sum / static_cast<long double>(values.size());
  long double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return {static_cast<double>(mean),
          static_cast<double>(std::sqrt(squares / static_cast<long double>(values.size() - 1)))};
}

TEST(Moments, AreThoseOfTwoPassesOverTheValuesHoweverFarThatIsFromZero) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng{seed};
    const double far = std::pow(10.0, static_cast<double>(rng.below(10)));
    Moments moments;
    std::vector<double> values;
    for (std::uint64_t n = rng.between(2, 300); n > 0; --n) {
      values.push_back(far + static_cast<double>(rng.below(1'000'000)) / 1e6);
      moments.add(values.back());
    }
    const auto [mean, stddev] = in_two_passes(values);
    ASSERT_NEAR(moments.mean, mean, 1e-12 * far) << "seed " << seed;
    ASSERT_NEAR(moments.stddev().value(), stddev, 1e-6 * stddev) << "seed " << seed;
  }
}

TEST(Moments, HaveNoDeviationBeforeTheSecondValue) {
  Moments moments;
  EXPECT_EQ(moments.stddev(), std::nullopt);
  moments.add(5);
  EXPECT_EQ(moments.stddev(), std::nullopt);
  moments.add(5);
  EXPECT_THAT(moments.stddev(), Optional(0.0));
}

Moments moments_of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) {
    moments.add(value);
  }
  return moments;
}

bool is_anomaly(const std::vector<double>& before, double value, const Limits& limits) {
  return judge(moments_of(before), {"key", {}, value}, limits).anomaly;
}

TEST(Judge, HoldsAValueAgainstThoseBeforeIt) {
  const Judgement judgement = judge(moments_of({1, 2, 3}), {"key", {}, 6.5}, {.threshold = 3, .warm_up = 3});
  EXPECT_THAT(judgement.mean, Optional(2.0));
  EXPECT_THAT(judgement.stddev, Optional(1.0));
  EXPECT_THAT(judgement.z, Optional(4.5));
  EXPECT_TRUE(judgement.anomaly);
}

TEST(Judge, FindsAnomaliesOnEitherSideBeyondTheThresholdAndNotAtIt) {
  const Limits limits{.threshold = 3, .warm_up = 3};
  EXPECT_FALSE(is_anomaly({1, 2, 3}, 5, limits));
  EXPECT_TRUE(is_anomaly({1, 2, 3}, 5.01, limits));
  EXPECT_FALSE(is_anomaly({1, 2, 3}, -1, limits));
  EXPECT_TRUE(is_anomaly({1, 2, 3}, -1.01, limits));
}

TEST(Judge, FindsNoneBeforeTheWarmUpIsOver) {
  EXPECT_FALSE(is_anomaly({1, 2, 3}, 100, {.threshold = 3, .warm_up = 4}));
  EXPECT_TRUE(is_anomaly({1, 2, 3}, 100, {.threshold = 3, .warm_up = 3}));
  for (const std::vector<double>& too_few : {std::vector<double>{}, std::vector<double>{1}}) {
    EXPECT_FALSE(is_anomaly(too_few, 100, {.threshold = 3, .warm_up = 0}));
  }
}

TEST(Judge, TakesWhateverDiffersFromEqualValuesForAnAnomaly) {
  const Limits limits{.threshold = 3, .warm_up = 3};
  EXPECT_FALSE(is_anomaly({0.1, 0.1, 0.1}, 0.1, limits));
  EXPECT_TRUE(is_anomaly({0.1, 0.1, 0.1}, 0.100001, limits));
  EXPECT_EQ(judge(moments_of({0.1, 0.1, 0.1}), {"key", {}, 0.2}, limits).z, std::nullopt);
}

std::string as_json(const Judgement& judgement) {
  std::string text;
  weir::JsonWriter{text}.value(judgement);
  return text;
}

/// Three partitions; each has keys of its own.
std::vector<std::vector<Measurement>> random_measurements() {
  Rng rng{7};
  std::vector<std::vector<Measurement>> partitions(3);
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    for (int n = 0; n < 200; ++n) {
      const std::string key = std::to_string(p) + "." + std::to_string(rng.below(4));
      partitions[p].push_back({key, {}, static_cast<double>(rng.below(rng.percent(2) ? 100'000 : 1'000))});
    }
  }
  return partitions;
}

TEST(Judgements, AreThoseOfALoopOverEachKeyAtEveryWorkerCountAndThroughAborts) {
  const Limits limits{.threshold = 4, .warm_up = 5};
  const auto partitions = random_measurements();
  std::vector<std::string> expected;
  std::map<std::string, Moments> moments;
  std::size_t anomalies = 0;
  for (const auto& partition : partitions) {
    for (const Measurement& each : partition) {
      const Judgement judgement = judge(moments[each.key], Measurement{each}, limits);
      moments[each.key].add(each.value);
      expected.push_back(as_json(judgement));
      anomalies += judgement.anomaly ? 1 : 0;
    }
  }
  EXPECT_GT(anomalies, 0U);
  const auto steps = [&](const weir::Stream<Measurement>& in) {
    return judgements(in, limits) | weir::op::map("as_json", as_json);
  };
  weir::expect_everywhere(partitions, steps, expected);
  EXPECT_THAT(weir::testing::run_over_aborted(partitions, steps, {.at = {100, 77, 200}}),
              ::testing::UnorderedElementsAreArray(expected));
}

}  // namespace
}  // namespace anomaly
