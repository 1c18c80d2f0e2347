#include "status/lag.hpp"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

TEST(ALag, IsTheSumOverPartitionsByUnit) {
  using Unit = SourceProgress::Unit;
  RunStatus run;
  run.steps = {{.id = "a", .op = "input", .workers = {}}, {.id = "b", .op = "input", .workers = {}}};
  run.steps[0].partitions = {{.name = "1", .progress = SourceProgress{3, 10, Unit::kBytes}},
                             {.name = "2", .progress = SourceProgress{12, 10, Unit::kBytes}},
                             {.name = "3", .progress = SourceProgress{1, 5, Unit::kItems}}};
  run.steps[1].partitions = {{.name = "1", .progress = SourceProgress{0, 20, Unit::kBytes}}, {.name = "2"}};
  EXPECT_EQ(lag_of(run).bytes, 27U);
  EXPECT_EQ(lag_of(run).items, 4U);
  EXPECT_EQ(lag_of(run.steps[1]).items, std::nullopt);
}

TEST(ALag, OfEventTimeIsThatOfTheSlowestStep) {
  RunStatus run;
  run.now = Time{100s};
  run.steps = {{.id = "a", .op = "map", .workers = {}},
               {.id = "b", .op = "map", .workers = {}},
               {.id = "c", .op = "map", .workers = {}}};
  run.steps[0].watermark = Time{60s};
  run.steps[1].watermark = Time{90s};
  EXPECT_EQ(lag_of(run).event_time, 40s);
  run.steps[0].watermark = Time{99s};
  EXPECT_EQ(lag_of(run).event_time, 10s);
}

TEST(ALag, OfEventTimeIsKnownOnceThereIsSome) {
  EXPECT_EQ(event_time_lag(std::nullopt, Time{100s}), std::nullopt);
  EXPECT_EQ(event_time_lag(Time::min(), Time{100s}), std::nullopt);
  EXPECT_EQ(event_time_lag(Time::max(), Time{100s}), std::nullopt);
  EXPECT_EQ(event_time_lag(Time{120s}, Time{100s}), 0s) << "ahead of the system's clock";
}

}  // namespace
}  // namespace weir::detail::status
