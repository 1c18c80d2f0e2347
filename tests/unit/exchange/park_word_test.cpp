#include "exchange/park_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "exchange/ready_word.hpp"
#include "exchange/spsc.hpp"
#include "interleaving/test_scale.hpp"

namespace weir::detail::exchange {
namespace {

using interleaving::scaled;
using SteadyClock = std::chrono::steady_clock;

/// Does not sleep; counts what it is asked for.
struct FakeFutex {
  static void wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::optional<SteadyClock::time_point>) {
    ++waits;
    would_sleep = word.load() == expected;
  }
  static void wake_one(std::atomic<std::uint32_t>&) { ++wakes; }

  static inline int waits = 0;
  static inline int wakes = 0;
  static inline bool would_sleep = false;
};

class ParkWordGivenAWorkerThatIsAwake : public ::testing::Test {
 protected:
  void SetUp() override {
    FakeFutex::waits = 0;
    FakeFutex::wakes = 0;
    FakeFutex::would_sleep = false;
  }

  ParkWord<std::atomic, FakeFutex> word_;
};

TEST_F(ParkWordGivenAWorkerThatIsAwake, WhenSomethingIsPublishedThenTheKernelIsNotAsked) {
  word_.wake();
  word_.wake_for_room();
  EXPECT_EQ(FakeFutex::wakes, 0);
}

TEST_F(ParkWordGivenAWorkerThatIsAwake, WhenItCancelsThenNobodyWakesIt) {
  word_.announce(true);
  word_.cancel();
  word_.wake();
  word_.wake_for_room();
  EXPECT_EQ(FakeFutex::wakes, 0);
}

TEST_F(ParkWordGivenAWorkerThatIsAwake, WhenSomebodyWakesItBeforeItSleepsThenItDoesNotSleep) {
  word_.announce(false);
  word_.wake();
  word_.wait(std::nullopt);
  EXPECT_EQ(FakeFutex::waits, 1);
  EXPECT_FALSE(FakeFutex::would_sleep);
}

TEST_F(ParkWordGivenAWorkerThatIsAwake, WhenItHasSleptThenItsAnnouncementIsTakenBack) {
  word_.announce(true);
  word_.wait(std::nullopt);
  EXPECT_TRUE(FakeFutex::would_sleep);
  word_.wake();
  word_.wake_for_room();
  EXPECT_EQ(FakeFutex::wakes, 0);
}

class ParkWordGivenAWorkerThatWaitsForItems : public ParkWordGivenAWorkerThatIsAwake {
 protected:
  void SetUp() override {
    ParkWordGivenAWorkerThatIsAwake::SetUp();
    word_.announce(false);
  }
};

TEST_F(ParkWordGivenAWorkerThatWaitsForItems, WhenManyPublishThenOneWakesIt) {
  word_.wake();
  word_.wake();
  EXPECT_EQ(FakeFutex::wakes, 1);
}

TEST_F(ParkWordGivenAWorkerThatWaitsForItems, WhenRoomIsFreedThenItSleepsOn) {
  word_.wake_for_room();
  EXPECT_EQ(FakeFutex::wakes, 0);
  word_.wait(std::nullopt);
  EXPECT_TRUE(FakeFutex::would_sleep);
}

class ParkWordGivenAWorkerThatWaitsForRoom : public ParkWordGivenAWorkerThatIsAwake {
 protected:
  void SetUp() override {
    ParkWordGivenAWorkerThatIsAwake::SetUp();
    word_.announce(true);
  }
};

TEST_F(ParkWordGivenAWorkerThatWaitsForRoom, WhenRoomIsFreedTwiceThenItIsWokenOnce) {
  word_.wake_for_room();
  word_.wake_for_room();
  EXPECT_EQ(FakeFutex::wakes, 1);
}

TEST_F(ParkWordGivenAWorkerThatWaitsForRoom, WhenItemsArriveThenItIsWokenToo) {
  word_.wake();
  EXPECT_EQ(FakeFutex::wakes, 1);
}

TEST(ParkWord, WhenWordsLieSideBySideThenTheyShareNoCacheLinePair) {
  EXPECT_EQ(alignof(ParkWord<>), 128U);
  EXPECT_EQ(sizeof(ParkWord<>), 128U);
}

TEST(ParkWord, WhenNobodyWakesItThenItSleepsUntilTheDeadline) {
  ParkWord<> word;
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds{20};
  while (SteadyClock::now() < deadline) {  // a sleep may end early for no reason
    word.announce(false);
    word.wait(deadline);
  }
  SUCCEED();
}

TEST(ParkWord, WhenTheDeadlineIsPastThenItDoesNotSleep) {
  ParkWord<> word;
  for (const auto deadline : {SteadyClock::time_point{}, SteadyClock::time_point::min(), SteadyClock::now()}) {
    word.announce(true);
    word.wait(deadline);
  }
  SUCCEED();
}

/// Threads that park with a deadline long after any right program has ended: a lost wake-up is a failed test, not a
/// test that hangs.
class ParkWordBetweenThreads : public ::testing::Test {
 protected:
  /// Sleeps until `attempt` succeeds. False if that took for ever.
  template <typename Attempt>
  [[nodiscard]] bool park_until(ParkWord<>& word, bool wants_room, Attempt attempt) {
    while (!attempt()) {
      word.announce(wants_room);
      if (attempt()) {
        word.cancel();
        return true;
      }
      word.wait(deadline_);
      if (overdue_.load(std::memory_order_relaxed) || SteadyClock::now() >= deadline_) {
        overdue_.store(true, std::memory_order_relaxed);
        return false;
      }
    }
    return true;
  }

  void TearDown() override { EXPECT_FALSE(overdue_.load()) << "somebody slept through a wake-up"; }

 private:
  const SteadyClock::time_point deadline_ = SteadyClock::now() + std::chrono::seconds{scaled(20) + 20};
  std::atomic<bool> overdue_{false};
};

TEST_F(ParkWordBetweenThreads, WhenTwoPlayPingPongThenNoWakeUpIsLost) {
  const std::uint64_t rounds = scaled(100'000);
  struct Player {
    Spsc<std::uint64_t> inbox{1};
    ParkWord<> word;
  };
  Player ann;
  Player bob;
  std::thread echo{[&] {
    std::uint64_t ball = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (!park_until(bob.word, false, [&] { return bob.inbox.try_pop(ball); })) {
        return;
      }
      EXPECT_TRUE(ann.inbox.try_push(ball + 1));
      ann.word.wake();
    }
  }};
  std::uint64_t ball = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    EXPECT_TRUE(bob.inbox.try_push(std::uint64_t{ball}));
    bob.word.wake();
    if (!park_until(ann.word, false, [&] { return ann.inbox.try_pop(ball); })) {
      break;
    }
  }
  echo.join();
  EXPECT_EQ(ball, rounds);
}

class ParkWordBetweenThreadsWithRings : public ParkWordBetweenThreads,
                                        public ::testing::WithParamInterface<std::size_t> {
 protected:
  struct Sender {
    Spsc<std::uint64_t> ring{GetParam()};
    ReadyWord<> ready;
    ParkWord<> word;
    std::uint64_t received = 0;
  };

  static std::uint64_t items() { return GetParam() < 1024 ? scaled(60'000) : scaled(300'000); }

  void send(Sender& self) {
    for (std::uint64_t i = 0; i < items(); ++i) {
      if (!park_until(self.word, true, [&] { return self.ring.try_push(std::uint64_t{i}); })) {
        return;
      }
      self.ready.raise(0);
      receiver_.wake();
    }
  }

  void receive() {
    while (received_ < items() * senders_.size()) {
      if (!park_until(receiver_, false, [&] { return drain(); })) {
        return;
      }
    }
  }

  bool drain() {
    bool found = false;
    for (Sender& sender : senders_) {
      if (sender.ready.take() == 0) {
        continue;
      }
      std::uint64_t item = 0;
      while (sender.ring.try_pop(item)) {
        wrong_ += item != sender.received ? 1 : 0;
        ++sender.received;
        ++received_;
        found = true;
        sender.word.wake_for_room();
      }
    }
    return found;
  }

  std::array<Sender, 4> senders_;
  ParkWord<> receiver_;
  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
};

TEST_P(ParkWordBetweenThreadsWithRings, WhenFourSendToOneThenEveryItemArrivesInOrder) {
  std::vector<std::thread> threads;
  for (Sender& sender : senders_) {
    threads.emplace_back([this, &sender] { send(sender); });
  }
  receive();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong_, 0U);
  EXPECT_EQ(received_, items() * senders_.size());
}

INSTANTIATE_TEST_SUITE_P(Capacities, ParkWordBetweenThreadsWithRings, ::testing::Values(1, 2, 1024));

}  // namespace
}  // namespace weir::detail::exchange
