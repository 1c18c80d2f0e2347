#include "weir/detail/exchange/fold_gauge.hpp"

#include <cstddef>

#include <gtest/gtest.h>

namespace weir::detail::exchange {
namespace {

constexpr std::size_t kRoom = 100;
constexpr std::size_t kRound = 4 * kRoom;

class AFoldGauge : public ::testing::Test {
 protected:
  /// How many items pass until it folds again.
  std::size_t pause() {
    std::size_t items = 0;
    while (!gauge_.on()) {
      gauge_.pass(1);
      ++items;
    }
    return items;
  }

  FoldGauge gauge_{{.folds = kRoom}};
};

TEST_F(AFoldGauge, FoldsWhileAFoldTakesThePlaceOfSeveralItems) {
  for (int round = 0; round < 50; ++round) {
    gauge_.note(kRound, kRound / 4);
    EXPECT_TRUE(gauge_.on());
  }
}

TEST_F(AFoldGauge, GivesUpATrialEarlyWhereKeysDoNotComeAgain) {
  gauge_.note(7, 7);
  EXPECT_TRUE(gauge_.on());
  gauge_.note(1, 1);
  EXPECT_FALSE(gauge_.on());
}

TEST_F(AFoldGauge, GoesOnWhereFewKeysHaveComeAgainAndThereIsRoomForAll) {
  gauge_.note(10, 8);
  EXPECT_TRUE(gauge_.on());
  gauge_.note(kRound - 10, kRound / 4);
  EXPECT_TRUE(gauge_.on());
}

TEST_F(AFoldGauge, NeedsTwoItemsForEachFoldToBeginAndMoreThanOneAndAHalfToGoOn) {
  gauge_.note(kRound, kRound * 6 / 10);
  EXPECT_FALSE(gauge_.on()) << "it has not begun";
  pause();
  gauge_.note(kRound, kRound / 2);
  EXPECT_TRUE(gauge_.on());
  gauge_.note(kRound, kRound * 6 / 10);
  EXPECT_TRUE(gauge_.on()) << "it has begun";
  gauge_.note(kRound, kRound * 7 / 10);
  EXPECT_FALSE(gauge_.on());
}

TEST_F(AFoldGauge, WaitsTwiceAsLongAfterEachTrialThatFails) {
  gauge_.note(kRound, kRound);
  const std::size_t first = pause();
  EXPECT_EQ(first, 16 * kRound);
  gauge_.note(kRound, kRound);
  EXPECT_EQ(pause(), 2 * first);
  gauge_.note(kRound, kRound / 10);
  gauge_.note(kRound, kRound);
  EXPECT_EQ(pause(), first) << "a trial has succeeded in between";
}

TEST_F(AFoldGauge, WaitsForABoundTime) {
  for (int trial = 0; trial < 10; ++trial) {
    gauge_.note(kRound, kRound);
    pause();
  }
  gauge_.note(kRound, kRound);
  EXPECT_EQ(pause(), 1024 * kRound);
}

TEST(AFoldGaugeThatAlwaysFolds, NeverStops) {
  FoldGauge gauge{{.folds = kRoom, .always = true}};
  for (int i = 0; i < 1'000; ++i) {
    gauge.note(10, 10);
    EXPECT_TRUE(gauge.on());
  }
}

TEST(AFoldGaugeWithoutRoom, NeverFolds) {
  FoldGauge gauge{{.folds = 0, .always = true}};
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(gauge.on());
    gauge.pass(1'000'000'000);
  }
}

}  // namespace
}  // namespace weir::detail::exchange
