#include "exchange/ready_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>

#include "exchange/spsc.hpp"
#include "interleaving/test_scale.hpp"

namespace weir::detail::exchange {
namespace {

using interleaving::scaled;

class ReadyWordGivenNothingRaised : public ::testing::Test {
 protected:
  ReadyWord<> word_;
};

TEST_F(ReadyWordGivenNothingRaised, WhenTakenThenThereIsNothing) {
  EXPECT_FALSE(word_.peek());
  EXPECT_EQ(word_.take(), 0U);
}

TEST_F(ReadyWordGivenNothingRaised, WhenBitsAreRaisedThenAllAreTakenAtOnce) {
  word_.raise(0);
  word_.raise(5);
  word_.raise(63);
  EXPECT_TRUE(word_.peek());
  EXPECT_EQ(word_.take(), (std::uint64_t{1} << 63) | 0b100001U);
  EXPECT_FALSE(word_.peek());
  EXPECT_EQ(word_.take(), 0U);
}

TEST_F(ReadyWordGivenNothingRaised, WhenABitIsRaisedTwiceThenItIsTakenOnce) {
  word_.raise(7);
  word_.raise(7);
  EXPECT_EQ(word_.take(), std::uint64_t{1} << 7);
  EXPECT_EQ(word_.take(), 0U);
}

TEST_F(ReadyWordGivenNothingRaised, WhenABitIsRaisedAfterItWasTakenThenItIsTakenAgain) {
  word_.raise(7);
  EXPECT_EQ(word_.take(), std::uint64_t{1} << 7);
  word_.raise(7);
  EXPECT_EQ(word_.take(), std::uint64_t{1} << 7);
}

TEST(ReadyWord, WhenWordsLieSideBySideThenTheyShareNoCacheLinePair) {
  EXPECT_EQ(alignof(ReadyWord<>), 128U);
  EXPECT_EQ(sizeof(ReadyWord<>), 128U);
}

// The receiver polls only the edges whose bits it took: an item whose bit were lost would never arrive.
TEST(ReadyWordBetweenThreads, WhenOnlyRaisedEdgesArePolledThenEveryItemArrives) {
  constexpr unsigned kEdges = 3;
  const std::uint64_t items = scaled(500'000);
  ReadyWord<> word;
  std::array<Spsc<std::uint64_t>, kEdges> edges{Spsc<std::uint64_t>{1}, Spsc<std::uint64_t>{2},
                                                Spsc<std::uint64_t>{1024}};
  std::thread sender{[&] {
    for (std::uint64_t i = 0; i < items; ++i) {
      const auto edge = static_cast<unsigned>(i % kEdges);
      while (!edges[edge].try_push(std::uint64_t{i})) {
        std::this_thread::yield();
      }
      word.raise(edge);
    }
  }};
  std::array<std::uint64_t, kEdges> next{0, 1, 2};
  std::uint64_t wrong = 0;
  for (std::uint64_t received = 0; received < items;) {
    const std::uint64_t raised = word.take();
    if (raised == 0) {
      std::this_thread::yield();
    }
    for (unsigned edge = 0; edge < kEdges; ++edge) {
      std::uint64_t item = 0;
      while ((raised >> edge & 1) != 0 && edges[edge].try_pop(item)) {
        wrong += item != next[edge] ? 1 : 0;
        next[edge] += kEdges;
        ++received;
      }
    }
  }
  sender.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace weir::detail::exchange
