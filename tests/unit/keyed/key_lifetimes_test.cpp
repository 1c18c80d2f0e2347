#include "weir/detail/keyed/key_lifetimes.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "simulation/rng.hpp"

namespace weir::detail {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow{std::chrono::hours{500'000}};

class KeysThatLiveTenMinutes : public ::testing::Test {
 protected:
  KeysThatLiveTenMinutes() { stage_.system = kNow; }

  void pass(std::chrono::nanoseconds time) {
    stage_.system += time;
    stage_.now += time;
  }

  std::vector<std::string> over() {
    std::vector<std::string> keys;
    while (lives_.look([&](const std::string& key) { keys.push_back(key); })) {
    }
    return keys;
  }

  runtime::StageState stage_;
  keyed::KeyLifetimes<std::string> lives_{10min, stage_, 7};
};

TEST_F(KeysThatLiveTenMinutes, AreOverTenMinutesBehindTheirLastItem) {
  lives_.touch("ann");
  lives_.touch("bob");
  EXPECT_EQ(lives_.due(), stage_.now + 10min);
  pass(6min);
  lives_.touch("bob");
  pass(4min - 1ns);
  EXPECT_THAT(over(), ::testing::IsEmpty());
  pass(1ns);
  EXPECT_THAT(over(), ::testing::ElementsAre("ann"));
  EXPECT_EQ(lives_.due(), stage_.now + 6min);
  pass(6min);
  EXPECT_THAT(over(), ::testing::ElementsAre("bob"));
  EXPECT_EQ(lives_.due(), runtime::Steady::max());
  EXPECT_EQ(lives_.keys(), 0U);
}

TEST_F(KeysThatLiveTenMinutes, BeginAnewWhenTheyWereForgotten) {
  lives_.touch("ann");
  pass(6min);
  lives_.forget("ann");
  lives_.touch("ann");
  pass(6min);
  EXPECT_THAT(over(), ::testing::IsEmpty());
  lives_.forget("ann");
  pass(1h);
  EXPECT_THAT(over(), ::testing::IsEmpty());
}

TEST_F(KeysThatLiveTenMinutes, CountAsTouchedWhenTheTimeIsFirstKnown) {
  stage_.system = Time::min();
  lives_.restore("ann");
  lives_.restore("bob");
  EXPECT_EQ(lives_.due(), runtime::Steady::min());
  stage_.system = kNow;
  EXPECT_THAT(over(), ::testing::IsEmpty());
  pass(9min);
  lives_.touch("bob");
  pass(1min);
  EXPECT_THAT(over(), ::testing::ElementsAre("ann"));
}

TEST_F(KeysThatLiveTenMinutes, TakeNoRoomWhenTheyAreForgotten) {
  lives_.touch("long");
  for (int i = 0; i < 100'000; ++i) {
    lives_.touch(std::to_string(i));
    lives_.forget(std::to_string(i));
  }
  EXPECT_EQ(lives_.keys(), 1U);
  EXPECT_LT(lives_.alarms(), 2'000U);
  pass(10min);
  EXPECT_THAT(over(), ::testing::ElementsAre("long"));
}

TEST_F(KeysThatLiveTenMinutes, TakeRoomForAnAlarmEach) {
  for (int i = 0; i < 100'000; ++i) {
    pass(1s);
    lives_.touch("busy");
    lives_.touch(std::to_string(i));
    over();
    ASSERT_LE(lives_.keys(), 601U);
    ASSERT_LE(lives_.alarms(), 601U);
  }
}

// By a map of the last items alone.
TEST_F(KeysThatLiveTenMinutes, AreOverWhenALoopSaysSo) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    simulation::Rng rng{seed};
    std::map<std::string, Time> last;
    for (int step = 0; step < 3'000; ++step) {
      const std::string key = std::to_string(rng.below(50));
      if (rng.percent(20)) {
        lives_.forget(key);
        last.erase(key);
      } else if (rng.percent(40)) {
        lives_.touch(key);
        last[key] = stage_.system;
      }
      pass(std::chrono::seconds{rng.below(60)});
      std::vector<std::string> expected;
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
