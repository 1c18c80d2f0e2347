#include "weir/detail/containers/alarm_queue.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "simulation/seeds.hpp"
#include "weir/time.hpp"

namespace weir::detail {
namespace {

Time at(std::int64_t nanoseconds) { return Time{std::chrono::nanoseconds{nanoseconds}}; }

/// A queue and what a tree says of it, with alarms from a nanosecond to weeks apart.
class AlarmsBesideATree {
 public:
  explicit AlarmsBesideATree(std::uint64_t seed)
      : rng_{seed},
        now_{rng_.percent(30) ? -1'000'000 : 1'700'000'000'000'000'000},
        knows_time_{rng_.percent(80)},
        spread_{std::uint64_t{1} << rng_.below(50)} {}

  void add_some() {
    for (std::uint64_t count = rng_.below(20); count > 0; --count) {
      const std::uint64_t ahead = rng_.below(spread_ * (rng_.percent(2) ? 100 : 1) + 1);
      const std::uint64_t back = rng_.percent(10) ? rng_.below(spread_ + 1) : 0;
      const std::int64_t time = now_ + static_cast<std::int64_t>(ahead) - static_cast<std::int64_t>(back);
      queue_.add(at(time), next_key_, knows_time_ ? at(now_) : Time::min());
      tree_.emplace(at(time), next_key_++);
    }
  }

  void pass_time() {
    now_ += static_cast<std::int64_t>(rng_.below(spread_ / rng_.between(1, 8) + 1));
    knows_time_ = true;
  }

  void expect_next() const { EXPECT_EQ(queue_.next(), tree_.empty() ? Time::max() : tree_.begin()->first); }
  void expect_due() { expect_due(at(now_)); }
  void expect_end() { expect_due(Time::max()); }

 private:
  void expect_due(Time now) {
    std::set<containers::Slot> due;
    for (std::span<const containers::Slot> some = queue_.take(now, 3); !some.empty(); some = queue_.take(now, 3)) {
      EXPECT_LE(some.size(), 3U);
      for (const containers::Slot key : some) {
        EXPECT_TRUE(due.insert(key).second);
      }
    }
    std::set<containers::Slot> expected;
    for (; !tree_.empty() && tree_.begin()->first <= now; tree_.erase(tree_.begin())) {
      expected.insert(tree_.begin()->second);
    }
    EXPECT_EQ(due, expected);
    EXPECT_EQ(queue_.empty(), tree_.empty());
  }

  simulation::Rng rng_;
  std::int64_t now_;
  bool knows_time_;
  std::uint64_t spread_;
  containers::Slot next_key_ = 0;
  containers::AlarmQueue queue_;
  std::multimap<Time, containers::Slot> tree_;
};

TEST(AlarmQueue, GivesEachKeyWhenItsTimeHasCome) {
  for (const std::uint64_t seed : simulation::seeds(300)) {
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
    AlarmsBesideATree alarms{seed};
    for (int step = 0; step < 100 && !::testing::Test::HasFailure(); ++step) {
      alarms.add_some();
      alarms.expect_next();
      alarms.pass_time();
      alarms.expect_due();
    }
    alarms.expect_end();
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

TEST(AlarmQueue, GoesOnWhereManyLieFurtherAheadThanTheFirst) {
  containers::AlarmQueue queue;
  queue.add(at(1'000), 0, at(0));
  for (containers::Slot i = 1; i <= 100'000; ++i) {
    queue.add(at(std::int64_t{i} * 1'000'000), i, at(0));
  }
  for (containers::Slot i = 0; i <= 100'000; ++i) {
    const Time now = at(i == 0 ? 1'000 : std::int64_t{i} * 1'000'000);
    ASSERT_EQ(queue.next(), now);
    const std::span<const containers::Slot> due = queue.take(now, 2);
    ASSERT_EQ(due.size(), 1U);
    ASSERT_EQ(due.front(), i);
    ASSERT_TRUE(queue.take(now, 2).empty());
  }
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace weir::detail
