#include "weir/detail/keyed/lifetimes.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include <gmock/gmock.h>

#include "simulation/rng.hpp"

namespace weir::detail {
namespace {

using namespace std::chrono_literals;

using Alarm = keyed::Lifetimes::Alarm;

constexpr Time kNow{std::chrono::hours{500'000}};
constexpr containers::Slot kAnn = 3;
constexpr containers::Slot kBob = 0;

class KeysThatLiveTenMinutes : public ::testing::Test {
 protected:
  KeysThatLiveTenMinutes() { stage_.system = kNow; }

  void pass(std::chrono::nanoseconds time) {
    stage_.system += time;
    stage_.now += time;
  }

  std::vector<containers::Slot> over() {
    std::vector<containers::Slot> slots;
    containers::Slot slot = 0;
    for (Alarm alarm = lives_.take(slot); alarm != Alarm::kNone; alarm = lives_.take(slot)) {
      if (alarm == Alarm::kOver) {
        slots.push_back(slot);
      }
    }
    return slots;
  }

  runtime::StageState stage_;
  keyed::Lifetimes lives_{10min, stage_};
};

TEST_F(KeysThatLiveTenMinutes, AreOverTenMinutesBehindTheirLastItem) {
  lives_.touch(kAnn);
  lives_.touch(kBob);
  EXPECT_EQ(lives_.due(), stage_.now + 10min);
  pass(6min);
  lives_.touch(kBob);
  pass(4min - 1ns);
  EXPECT_THAT(over(), ::testing::IsEmpty());
  pass(1ns);
  EXPECT_THAT(over(), ::testing::ElementsAre(kAnn));
  EXPECT_EQ(lives_.due(), stage_.now + 6min);
  pass(6min);
  EXPECT_THAT(over(), ::testing::ElementsAre(kBob));
  EXPECT_EQ(lives_.due(), runtime::Steady::max());
  EXPECT_EQ(lives_.keys(), 0U);
}

TEST_F(KeysThatLiveTenMinutes, BeginAnewWhenTheyWereForgotten) {
  lives_.touch(kAnn);
  pass(6min);
  lives_.forget(kAnn);
  lives_.touch(kAnn);
  pass(6min);
  EXPECT_THAT(over(), ::testing::IsEmpty());
  lives_.forget(kAnn);
  pass(1h);
  EXPECT_THAT(over(), ::testing::IsEmpty());
}

TEST_F(KeysThatLiveTenMinutes, CountAsTouchedWhenTheTimeIsFirstKnown) {
  stage_.system = Time::min();
  lives_.restore(kAnn);
  lives_.restore(kBob);
  EXPECT_EQ(lives_.due(), runtime::Steady::min());
  stage_.system = kNow;
  EXPECT_THAT(over(), ::testing::IsEmpty());
  pass(9min);
  lives_.touch(kBob);
  pass(1min);
  EXPECT_THAT(over(), ::testing::ElementsAre(kAnn));
}

TEST_F(KeysThatLiveTenMinutes, TakeNoRoomWhenTheyAreForgotten) {
  lives_.touch(kAnn);
  for (int i = 0; i < 100'000; ++i) {
    lives_.touch(kBob);
    lives_.forget(kBob);
  }
  EXPECT_EQ(lives_.keys(), 1U);
  EXPECT_LT(lives_.alarms(), 2'000U);
  pass(10min);
  EXPECT_THAT(over(), ::testing::ElementsAre(kAnn));
}

TEST_F(KeysThatLiveTenMinutes, TakeRoomForAnAlarmEach) {
  for (containers::Slot i = 0; i < 100'000; ++i) {
    pass(1s);
    lives_.touch(kAnn);
    lives_.touch(kAnn + 1 + i % 1000);
    over();
    ASSERT_LE(lives_.keys(), 601U);
    ASSERT_LE(lives_.alarms(), 601U);
  }
}

// By a map of the last items alone.
TEST_F(KeysThatLiveTenMinutes, AreOverWhenALoopSaysSo) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    simulation::Rng rng{seed};
    std::map<containers::Slot, Time> last;
    for (int step = 0; step < 3'000; ++step) {
      const auto key = static_cast<containers::Slot>(rng.below(50));
      if (rng.percent(20)) {
        lives_.forget(key);
        last.erase(key);
      } else if (rng.percent(40)) {
        lives_.touch(key);
        last[key] = stage_.system;
      }
      pass(std::chrono::seconds{rng.below(60)});
      std::vector<containers::Slot> expected;
      std::erase_if(last, [&](const auto& each) {
        const bool is_over = stage_.system - each.second >= 10min;
        if (is_over) {
          expected.push_back(each.first);
        }
        return is_over;
      });
      ASSERT_THAT(over(), ::testing::UnorderedElementsAreArray(expected)) << "seed " << seed;
      ASSERT_EQ(lives_.keys(), last.size());
    }
    pass(1h);
    over();
  }
}

}  // namespace
}  // namespace weir::detail
