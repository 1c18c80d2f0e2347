#include "worker/alignment.hpp"

#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

namespace weir::detail::worker {
namespace {

constexpr std::uint64_t kLead = 1'000;

/// Two workers that read a source. Their items lie a second apart.
class AWorkerThatReadsASource : public ::testing::Test {
 protected:
  static Time time_of(std::uint64_t item) { return Time{} + std::chrono::seconds{item}; }

  /// It has read so many items, 100 at a time, with more to come.
  static void read(AlignedReader& reader, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t items = from; items <= to; items += 100) {
      reader.reach(time_of(items), items, true);
    }
  }

  Alignment all_{WorkerCount{2}, kLead};
  AlignedReader one_{all_, WorkerIndex{0}};
  AlignedReader other_{all_, WorkerIndex{1}};
};

TEST_F(AWorkerThatReadsASource, WaitsWhenOthersAreALeadBehind) {
  read(other_, 0, 0);
  read(one_, 0, kLead);
  EXPECT_FALSE(one_.ahead());
  read(one_, kLead + 100, kLead + 300);
  EXPECT_TRUE(one_.ahead());
  EXPECT_FALSE(other_.ahead());
}

TEST_F(AWorkerThatReadsASource, GoesOnWhenTheyHaveComeToWhereItWas) {
  read(other_, 0, 0);
  read(one_, 0, 5 * kLead);
  read(other_, 100, 4 * kLead - 100);
  one_.reach(time_of(5 * kLead), 5 * kLead, true);
  EXPECT_TRUE(one_.ahead());
  read(other_, 4 * kLead, 4 * kLead);
  one_.reach(time_of(5 * kLead), 5 * kLead, true);
  EXPECT_FALSE(one_.ahead());
}

TEST_F(AWorkerThatReadsASource, DoesNotWaitForOneThatWaitsForInput) {
  other_.reach(time_of(0), 0, false);
  read(one_, 0, 5 * kLead);
  EXPECT_FALSE(one_.ahead());
  read(other_, 0, 0);
  read(one_, 5 * kLead, 5 * kLead);
  EXPECT_TRUE(one_.ahead());
}

TEST_F(AWorkerThatReadsASource, WaitsForOneThatHasNotBegun) {
  read(one_, 0, 2 * kLead);
  EXPECT_TRUE(one_.ahead());
}

TEST_F(AWorkerThatReadsASource, IsTheLastWhileOthersAreFurther) {
  read(other_, 0, 0);
  read(one_, 0, 0);
  EXPECT_FALSE(one_.last());
  read(other_, 100, 100);
  read(one_, 0, 0);
  EXPECT_TRUE(one_.last());
  read(one_, 100, 200);
  EXPECT_FALSE(one_.last());
}

TEST_F(AWorkerThatReadsASource, DoesNotWaitForItselfWhenItsEventTimeGoesBack) {
  other_.reach(time_of(0), 0, false);
  read(one_, 0, 5 * kLead);
  one_.reach(time_of(3), 5 * kLead + 100, true);
  EXPECT_FALSE(one_.ahead());
}

TEST_F(AWorkerThatReadsASource, WaitsForNobodyWhoseEventTimeIsTheSame) {
  for (std::uint64_t items = 0; items <= 5 * kLead; items += 100) {
    one_.reach(time_of(7), items, true);
    other_.reach(time_of(7), items / 100, true);
  }
  EXPECT_FALSE(one_.ahead());
}

}  // namespace
}  // namespace weir::detail::worker
