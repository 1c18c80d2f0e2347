#include "weir/detail/runtime/step_metrics.hpp"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/errors.hpp"
#include "weir/metrics.hpp"

namespace weir::detail::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TheMetricsOfAStep : public ::testing::Test {
 protected:
  template <typename Register>
  std::string refusal_of(Register registers) {
    try {
      static_cast<void>(registers());
    } catch (const BuildError& error) {
      return error.what();
    }
    return "none";
  }

  StepMetrics metrics_{"parse"};
  WorkerContext worker_{.index = {}, .count = {}, .metrics = &metrics_};
};

TEST_F(TheMetricsOfAStep, CountWhatTheProgramCounts) {
  Counter lines = worker_.counter("lines", "Lines");
  lines.add();
  lines.add(4);
  Gauge depth = worker_.gauge("depth", "Depth");
  depth.set(2.5);
  depth.add(-1);
  ASSERT_THAT(metrics_.all(), SizeIs(2));
  EXPECT_EQ(metrics_.all()[0].count, 5U);
  EXPECT_EQ(metrics_.all()[1].value, 1.5);
}

TEST_F(TheMetricsOfAStep, PutValuesUpToABoundInItsBucket) {
  Histogram sizes = worker_.histogram("sizes", "Bytes", {1, 10});
  for (const double value : {0.5, 1.0, 1.5, 10.0, 11.0, std::nan("")}) {
    sizes.observe(value);
  }
  EXPECT_THAT(metrics_.all()[0].buckets, ElementsAre(2U, 2U));
  EXPECT_EQ(metrics_.all()[0].count, 5U);
  EXPECT_EQ(metrics_.all()[0].value, 24.0);
}

TEST_F(TheMetricsOfAStep, AreOneForOneName) {
  worker_.counter("lines", "Lines").add();
  worker_.counter("lines", "Lines").add();
  ASSERT_THAT(metrics_.all(), SizeIs(1));
  EXPECT_EQ(metrics_.all()[0].count, 2U);
}

TEST_F(TheMetricsOfAStep, RefuseTheNameOfAnother) {
  worker_.counter("lines", "Lines").add();
  EXPECT_THAT(refusal_of([&] { return worker_.gauge("lines", "Lines"); }),
              HasSubstr("step \"parse\": metric \"lines\" is registered twice"));
  EXPECT_THAT(refusal_of([&] { return worker_.counter("lines", "Bytes"); }), HasSubstr("is registered twice"));
}

TEST_F(TheMetricsOfAStep, RefuseNamesThatPrometheusOrWeirDoesNotTake) {
  for (const char* const name : {"", "1st", "Lines", "lines-read", "lines read"}) {
    EXPECT_THAT(refusal_of([&] { return worker_.counter(name, "Lines"); }), HasSubstr("is malformed")) << name;
  }
  EXPECT_THAT(refusal_of([&] { return worker_.counter("weir_lines", "Lines"); }), HasSubstr("begins with weir_"));
}

TEST_F(TheMetricsOfAStep, RefuseBoundsThatDoNotRise) {
  EXPECT_THAT(refusal_of([&] { return worker_.histogram("sizes", "Bytes", {}); }), HasSubstr("bounds that rise"));
  EXPECT_THAT(refusal_of([&] { return worker_.histogram("sizes", "Bytes", {1, 1}); }), HasSubstr("bounds that rise"));
  EXPECT_THAT(refusal_of([&] { return worker_.histogram("sizes", "Bytes", {1, INFINITY}); }),
              HasSubstr("bounds that rise and are finite"));
}

TEST(AMetricOfNoRun, MeasuresNothing) {
  const WorkerContext worker;
  worker.counter("lines", "Lines").add();
  worker.gauge("depth", "Depth").set(1);
  worker.histogram("sizes", "Bytes", {1}).observe(1);
}

}  // namespace
}  // namespace weir::detail::runtime
