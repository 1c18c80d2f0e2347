#include "http/turns.hpp"

#include <gtest/gtest.h>

namespace weir::detail::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TurnsGivenTenPerSecondAndABurstOfThree : public ::testing::Test {
 protected:
  Turns turns_{10, 3};
  Turns::Time now_{seconds{1000}};
};

TEST_F(TurnsGivenTenPerSecondAndABurstOfThree, WhenManyComeAtOnceThenThoseAfterTheBurstAreSpread) {
  EXPECT_EQ(turns_.take(now_), milliseconds{0});
  EXPECT_EQ(turns_.take(now_), milliseconds{0});
  EXPECT_EQ(turns_.take(now_), milliseconds{0});
  EXPECT_EQ(turns_.take(now_), milliseconds{100});
  EXPECT_EQ(turns_.take(now_), milliseconds{200});
}

TEST_F(TurnsGivenTenPerSecondAndABurstOfThree, WhenTimeHasPassedThenNoMoreThanABurstIsSaved) {
  EXPECT_EQ(turns_.take(now_), milliseconds{0});
  now_ += seconds{60};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(turns_.take(now_), milliseconds{0});
  }
  EXPECT_EQ(turns_.take(now_), milliseconds{100});
}

TEST_F(TurnsGivenTenPerSecondAndABurstOfThree, WhenTheyComeAtTheRateThenNoneWaits) {
  for (int i = 0; i < 100; ++i, now_ += milliseconds{100}) {
    EXPECT_EQ(turns_.take(now_), milliseconds{0});
  }
}

TEST_F(TurnsGivenTenPerSecondAndABurstOfThree, WhenATurnIsWorthMoreThenTheNextWaitForIt) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(turns_.take(now_), milliseconds{0});
  }
  turns_.charge(2);
  EXPECT_EQ(turns_.take(now_), milliseconds{300});
  turns_.give_back();
  EXPECT_EQ(turns_.take(now_), milliseconds{300});
}

}  // namespace
}  // namespace weir::detail::http
