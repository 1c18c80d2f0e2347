#include "exchange/spsc.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "interleaving/test_scale.hpp"

namespace weir::detail::exchange {
namespace {

using interleaving::scaled;

/// Counts how many of its kind are alive; not copyable, not default constructible.
class Counted {
 public:
  Counted(int& alive, int value) : alive_{&alive}, value_{value} { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_{other.alive_}, value_{std::exchange(other.value_, -1)} { ++*alive_; }
  Counted& operator=(Counted&& other) noexcept {
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Counted() { --*alive_; }

  [[nodiscard]] int value() const { return value_; }

 private:
  int* alive_;
  int value_;
};

TEST(Spsc, WhenTheCapacityIsNoPowerOfTwoThenItIsRoundedUp) {
  EXPECT_EQ(Spsc<int>{1}.capacity(), 1U);
  EXPECT_EQ(Spsc<int>{2}.capacity(), 2U);
  EXPECT_EQ(Spsc<int>{3}.capacity(), 4U);
  EXPECT_EQ(Spsc<int>{1000}.capacity(), 1024U);
}

TEST(Spsc, WhenProducerAndConsumerWriteThenTheyWriteDifferentCacheLinePairs) {
  EXPECT_EQ(alignof(Spsc<int>), 128U);
  EXPECT_EQ(sizeof(Spsc<int>), 3U * 128U);
}

class SpscGivenAnEmptyRing : public ::testing::Test {
 protected:
  Spsc<std::string> ring_{2};
};

TEST_F(SpscGivenAnEmptyRing, WhenPoppedThenNothingComesAndTheOutputIsKept) {
  std::string out = "kept";
  EXPECT_FALSE(ring_.try_pop(out));
  EXPECT_EQ(out, "kept");
  EXPECT_TRUE(ring_.empty());
  EXPECT_TRUE(ring_.has_room());
}

TEST_F(SpscGivenAnEmptyRing, WhenPushedThenItIsNotEmptyAndTheItemComesOut) {
  ASSERT_TRUE(ring_.try_push("item"));
  EXPECT_FALSE(ring_.empty());
  std::string out;
  ASSERT_TRUE(ring_.try_pop(out));
  EXPECT_EQ(out, "item");
  EXPECT_TRUE(ring_.empty());
}

TEST_F(SpscGivenAnEmptyRing, WhenTheRingTurnsManyTimesThenOrderIsKept) {
  std::string out;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(ring_.try_push(std::to_string(2 * i)));
    ASSERT_TRUE(ring_.try_push(std::to_string(2 * i + 1)));
    ASSERT_TRUE(ring_.try_pop(out));
    EXPECT_EQ(out, std::to_string(2 * i));
    ASSERT_TRUE(ring_.try_pop(out));
    EXPECT_EQ(out, std::to_string(2 * i + 1));
  }
}

class SpscGivenAFullRing : public SpscGivenAnEmptyRing {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ring_.try_push("first"));
    ASSERT_TRUE(ring_.try_push("second"));
  }
};

TEST_F(SpscGivenAFullRing, WhenPushedThenTheValueIsNotMovedFrom) {
  std::string third = "a text too long to be stored in place";
  EXPECT_FALSE(ring_.has_room());
  EXPECT_FALSE(ring_.try_push(std::move(third)));
  EXPECT_EQ(third, "a text too long to be stored in place");
}

TEST_F(SpscGivenAFullRing, WhenOneIsPoppedThenThereIsRoomForOne) {
  std::string out;
  ASSERT_TRUE(ring_.try_pop(out));
  EXPECT_TRUE(ring_.has_room());
  EXPECT_TRUE(ring_.try_push("third"));
  EXPECT_FALSE(ring_.has_room());
  EXPECT_FALSE(ring_.try_push("fourth"));
}

TEST(Spsc, WhenTheCapacityIsOneThenItemsGoThroughOneByOne) {
  Spsc<std::unique_ptr<int>> ring{1};
  std::unique_ptr<int> out;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(ring.try_push(std::make_unique<int>(i)));
    EXPECT_FALSE(ring.try_push(std::make_unique<int>(-1)));
    ASSERT_TRUE(ring.try_pop(out));
    EXPECT_EQ(*out, i);
    EXPECT_FALSE(ring.try_pop(out));
  }
}

TEST(Spsc, WhenItemsArePoppedThenNothingOfThemStaysInTheRing) {
  int alive = 0;
  Spsc<Counted> ring{4};
  Counted out{alive, 0};
  ASSERT_TRUE(ring.try_push(Counted{alive, 1}));
  EXPECT_EQ(alive, 2);
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out.value(), 1);
  EXPECT_EQ(alive, 1);
}

TEST(Spsc, WhenItIsDestroyedThenWhatIsLeftIsDestroyed) {
  int alive = 0;
  {
    Spsc<Counted> ring{4};
    Counted out{alive, 0};
    for (int i = 0; i < 3; ++i) {  // so that what is left wraps around
      ASSERT_TRUE(ring.try_push(Counted{alive, i}));
      ASSERT_TRUE(ring.try_pop(out));
    }
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(ring.try_push(Counted{alive, i}));
    }
    EXPECT_EQ(alive, 4);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Spsc, WhenTheItemIsOveralignedThenSoAreItsSlots) {
  struct alignas(64) Wide {
    std::uintptr_t remainder = 1;

    Wide() = default;
    Wide(Wide&&) noexcept : remainder{reinterpret_cast<std::uintptr_t>(this) % 64} {}
    Wide& operator=(Wide&& other) noexcept {
      remainder = other.remainder;
      return *this;
    }
  };
  Spsc<Wide> ring{4};
  Wide out;
  ASSERT_TRUE(ring.try_push(Wide{}));
  ASSERT_TRUE(ring.try_push(Wide{}));
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out.remainder, 0U);
  ASSERT_TRUE(ring.try_pop(out));
  EXPECT_EQ(out.remainder, 0U);
}

class SpscBetweenThreads : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// Sends what `make` returns for 0, 1, 2, ... and gives `take` what arrives.
  template <typename T, typename Make, typename Take>
  void send(std::uint64_t items, T out, Make make, Take take) {
    Spsc<T> ring{GetParam()};
    std::thread producer{[&] {
      for (std::uint64_t i = 0; i < items; ++i) {
        T item = make(i);
        while (!ring.try_push(std::move(item))) {
          std::this_thread::yield();
        }
      }
    }};
    for (std::uint64_t i = 0; i < items; ++i) {
      while (!ring.try_pop(out)) {
        std::this_thread::yield();
      }
      take(i, out);
    }
    producer.join();
    EXPECT_TRUE(ring.empty());
  }
};

TEST_P(SpscBetweenThreads, WhenNumbersAreSentThenEachArrivesOnceAndInOrder) {
  const std::uint64_t items = GetParam() < 1024 ? scaled(1'000'000) : scaled(10'000'000);
  std::uint64_t wrong = 0;
  const auto number = [](std::uint64_t i) { return i; };
  send(items, std::uint64_t{0}, number, [&](std::uint64_t i, std::uint64_t item) { wrong += item != i ? 1 : 0; });
  EXPECT_EQ(wrong, 0U);
}

TEST_P(SpscBetweenThreads, WhenItemsOwnMemoryThenEachArrivesWholeAndIsFreedOnce) {
  const auto text = [](std::uint64_t i) {
    return std::make_unique<std::string>("item number " + std::to_string(i) + ", too long for its own object");
  };
  std::uint64_t wrong = 0;
  send(scaled(100'000), text(0), text, [&](std::uint64_t i, const auto& item) { wrong += *item != *text(i) ? 1 : 0; });
  EXPECT_EQ(wrong, 0U);
}

TEST_P(SpscBetweenThreads, WhenTheConsumerStopsEarlyThenTheRestIsFreed) {
  const std::uint64_t rounds = scaled(200);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Spsc<std::unique_ptr<std::uint64_t>> ring{GetParam()};
    std::thread producer{[&] {
      for (std::uint64_t i = 0; ring.try_push(std::make_unique<std::uint64_t>(i)); ++i) {
      }
    }};
    std::unique_ptr<std::uint64_t> out;
    for (std::uint64_t i = 0; i < 3 && ring.try_pop(out); ++i) {
      EXPECT_EQ(*out, i);
    }
    producer.join();
  }
}

INSTANTIATE_TEST_SUITE_P(Capacities, SpscBetweenThreads, ::testing::Values(1, 2, 1024));

}  // namespace
}  // namespace weir::detail::exchange
