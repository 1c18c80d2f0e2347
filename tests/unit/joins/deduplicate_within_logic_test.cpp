#include "weir/detail/joins/deduplicate_within_logic.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <gmock/gmock.h>

#include "unit/operators/only_worker.hpp"
#include "weir/detail/keyed/alarms.hpp"

namespace weir::detail {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Time at(std::int64_t nanosecond) { return Time{std::chrono::nanoseconds{nanosecond}}; }

struct Emitted {
  std::vector<std::int64_t> through;

  void operator()(std::int64_t value) { through.push_back(value); }
  static void late(std::int64_t&& /*value*/) {}
};

/// One id, with a length of 10 ns.
class AnId {
 public:
  void item(std::int64_t time) {
    keyed::Alarms alarms{0, time_};
    logic_.on_item(0, seen_, time::Timed<std::int64_t>{time, at(time), at(time)}, emitted_, alarms);
  }

  void watermark(std::int64_t time) {
    time_.advance({at(time), at(0)});
    for (auto slots = time_.take(); !slots.empty(); slots = time_.take()) {
      for (std::size_t i = 0; i < slots.size() && seen_; ++i) {
        keyed::Alarms alarms{0, time_};
        ++alarms_;
        logic_.on_alarm(0, seen_, emitted_, alarms);
      }
    }
  }

  /// As a run does that resumes.
  void restore() {
    keyed::Alarms alarms{0, time_};
    logic_.on_restore(0, *seen_, alarms);
  }

  [[nodiscard]] const std::vector<std::int64_t>& through() const { return emitted_.through; }
  [[nodiscard]] std::size_t times_kept() const { return seen_ ? seen_->size() : 0; }
  [[nodiscard]] int alarms() const { return alarms_; }

 private:
  using Logic = joins::DeduplicateWithinLogic<std::int64_t, windows::ClockedArrivals<std::int64_t>>;

  OnlyWorker worker_;
  keyed::StepAlarms time_{worker_.parts("once")};
  Logic logic_{{}, 10ns};
  std::optional<Logic::State> seen_;
  Emitted emitted_;
  int alarms_ = 0;
};

TEST(AnIdIsForgotten, WhenTheWatermarkHasPassedItByTheLength) {
  AnId id;
  id.item(100);
  id.watermark(109);
  EXPECT_EQ(id.times_kept(), 1U);
  id.watermark(110);
  EXPECT_EQ(id.times_kept(), 0U);
}

TEST(AnIdIsForgotten, TimeByTimeWithAnAlarmForEach) {
  AnId id;
  for (const std::int64_t time : {120, 100, 110, 105, 129, 130}) {
    id.item(time);
  }
  EXPECT_THAT(id.through(), ElementsAre(120, 100, 110, 130));
  id.watermark(115);
  EXPECT_EQ(id.times_kept(), 3U);
  id.watermark(1000);
  EXPECT_EQ(id.times_kept(), 0U);
  EXPECT_LE(id.alarms(), 4);
}

TEST(AnIdIsForgotten, InARunThatResumesToo) {
  AnId id;
  id.item(100);
  id.restore();
  id.item(101);
  EXPECT_THAT(id.through(), ElementsAre(100));
  id.watermark(110);
  EXPECT_EQ(id.times_kept(), 0U);
}

}  // namespace
}  // namespace weir::detail
