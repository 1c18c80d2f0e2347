#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "unit/operators/only_worker.hpp"
#include "weir/detail/containers/alarm_queue.hpp"
#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/sqlite.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;

constexpr auto kYear = 365 * 24h;
constexpr nanoseconds kEver = nanoseconds::max();

/// Something on a day since 1970.
struct Event {
  std::int64_t day = 0;

  bool operator==(const Event&) const = default;
};
using Keyed = std::pair<std::string, Event>;
using Partitions = std::vector<std::vector<Keyed>>;

std::chrono::sys_days time_of(const Event& event) {
  return std::chrono::sys_days{std::chrono::days{static_cast<int>(event.day)}};
}

auto clock(nanoseconds max_out_of_orderness, std::optional<nanoseconds> idle_after = std::nullopt) {
  return EventClock{&time_of, max_out_of_orderness, idle_after};
}

std::vector<Keyed> on_days(const std::vector<std::int64_t>& days) {
  std::vector<Keyed> events;
  for (const std::int64_t day : days) {
    events.emplace_back("key", Event{day});
  }
  return events;
}

TEST(ADuration, ThatCannotBeIsRefusedWhereItIsGiven) {
  const auto refusal = [](const auto& add_step) -> std::string {
    Dataflow flow{"refused"};
    const auto in = flow.input("in", testing::Scripted<Keyed>{{{}}});
    try {
      add_step(in);
    } catch (const BuildError& error) {
      return error.what();
    }
    return "it was taken";
  };
  const auto with_clock = [](const auto& clock) {
    return [clock](const auto& in) { in | op::count_window("step", TumblingWindows{clock, 1h}); };
  };
  EXPECT_THAT(refusal(with_clock(clock(-1ns))),
              HasSubstr("step \"step.clock\": max_out_of_orderness is -1 ns; it must be from 0 ns to "));
  EXPECT_THAT(refusal(with_clock(clock(nanoseconds::min()))), HasSubstr("it must be from 0 ns to "));
  EXPECT_THAT(refusal(with_clock(clock(0s, -5ns))), HasSubstr("idle_after is -5 ns; it must be from 0 ns to "));
  EXPECT_EQ(refusal(with_clock(clock(kEver, kEver))), "it was taken");
  const auto aligned = [](Time to) {
    return [to](const auto& in) { in | op::count_window("step", TumblingWindows{clock(0s), 1h, to}); };
  };
  for (const Time to : {Time::min(), Time::max(), Time{nanoseconds{(std::int64_t{1} << 62) - 1}}, Time{-140 * kYear}}) {
    EXPECT_THAT(refusal(aligned(to)), HasSubstr("it must lie between the years 1870 and 2070"));
  }
  EXPECT_EQ(refusal(aligned(Time{-70 * kYear})), "it was taken");
  const auto as_of = [](nanoseconds tolerance) {
    return [tolerance](const auto& in) { op::as_of_join("step", clock(0s), in, in, tolerance); };
  };
  EXPECT_THAT(refusal(as_of(-1ns)), HasSubstr("tolerance is -1 ns; it must not be negative, and at most 36 years"));
  EXPECT_THAT(refusal(as_of(40 * kYear)), HasSubstr("at most 36 years"));
  EXPECT_EQ(refusal(as_of(kEver)), "it was taken");
  const auto collect = [](nanoseconds timeout) {
    return [timeout](const auto& in) { in | op::collect("step", 2, timeout); };
  };
  EXPECT_THAT(refusal(collect(-1ns)), HasSubstr("timeout is -1 ns; it must be positive, and at most 36 years"));
  EXPECT_EQ(refusal(collect(kEver)), "it was taken");
  const auto follow = [](std::chrono::milliseconds interval) {
    return [interval](const auto& /*in*/) { SqliteInput{"file", "table", columns<Event>("day")}.follow(interval); };
  };
  EXPECT_THAT(refusal(follow(-1ms)), HasSubstr("follow is -1 ms; it must be positive, and at most 36 years"));
  EXPECT_THAT(refusal(follow(std::chrono::milliseconds::max())), HasSubstr("at most 36 years"));
  EXPECT_EQ(refusal(follow(1s)), "it was taken");
}

TEST(EventTime, ThatMayBeAsLateAsItLikesLeavesNothingOut) {
  const std::vector<std::int64_t> days{3, 10, -20'000, 0, -1, -53'000, 53'000, -2};
  for (const nanoseconds how_late : {kEver, nanoseconds{290 * kYear}}) {
    for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
      Dataflow flow{"late"};
      testing::Collected<std::pair<std::string, InWindow<std::uint64_t>>> out;
      testing::Collected<Keyed> late;
      const auto windows = flow.input("in", testing::Scripted<Keyed>{{on_days(days), on_days(days)}}) |
                           op::count_window("window", TumblingWindows{clock(how_late), 24h * 7});
      windows.down | op::output("out", out);
      windows.late | op::output("late", late);
      run(flow, {.workers = workers});
      std::uint64_t count = 0;
      for (const auto& [key, window] : out.items()) {
        count += window.value;
      }
      EXPECT_EQ(count, 2 * days.size());
      EXPECT_TRUE(late.items().empty());
    }
  }
}

/// Asks to be called at a point in time of another unit than weir's.
template <TimeDomain kDomain>
struct AtTheEndOfTime {
  using State = int;
  using Output = int;
  std::chrono::sys_seconds at;

  void on_item(const std::string& /*key*/, std::optional<int>& count, Event&& /*event*/,
               KeyedEmit<std::string, int>& /*emit*/, Timers& timers) const {
    count = count.value_or(0) + 1;
    kDomain == TimeDomain::kEvent ? timers.set_event(at) : timers.set_system(at);
  }
  void on_timer(const std::string& /*key*/, std::optional<int>& count, const Timer& /*timer*/,
                KeyedEmit<std::string, int>& emit, Timers& /*timers*/) const {
    emit(*count);
    count.reset();
  }
};

constexpr std::chrono::sys_seconds kYear9999{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};

TEST(Timers, AtTheEndOfTimeRingAtTheEndOfTheInput) {
  for (const std::chrono::sys_seconds at : {kYear9999, std::chrono::sys_seconds::max()}) {
    const auto steps = [at](auto in) {
      return in | op::event_time("time", EventClock{[](const Keyed& keyed) { return time_of(keyed.second); }, 0s}) |
             op::stateful("step", AtTheEndOfTime<TimeDomain::kEvent>{at});
    };
    for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
      EXPECT_THAT(testing::run_over(Partitions{on_days({-50'000, -3, -2, 4})}, steps, workers),
                  ::testing::ElementsAre(std::pair{std::string{"key"}, 4}));
    }
  }
}

TEST(Timers, BeforeAllTimeRingAtOnce) {
  const auto steps = [](auto in) {
    return in | op::stateful("step", AtTheEndOfTime<TimeDomain::kSystem>{std::chrono::sys_seconds::min()});
  };
  auto out = testing::run_over(Partitions{on_days({-3})}, steps, 2);
  EXPECT_THAT(out, ::testing::ElementsAre(std::pair{std::string{"key"}, 1}));
}

TEST(AlarmQueue, HoldsTheWholeOfTime) {
  detail::containers::AlarmQueue queue;
  queue.add(Time::max(), 1, Time{-100 * kYear});
  queue.add(Time{-99 * kYear}, 2, Time{-100 * kYear});
  queue.add(Time::min(), 3, Time{-100 * kYear});
  queue.add(Time{kYear}, 4, Time{-100 * kYear});
  const auto take = [&](Time now) {
    std::vector<detail::containers::Slot> taken;
    for (auto some = queue.take(now, 10); !some.empty(); some = queue.take(now, 10)) {
      taken.insert(taken.end(), some.begin(), some.end());
    }
    return taken;
  };
  EXPECT_THAT(take(Time{-100 * kYear}), ::testing::ElementsAre(3));
  EXPECT_THAT(take(Time{}), ::testing::ElementsAre(2));
  EXPECT_THAT(take(Time::max() - 1ns), ::testing::ElementsAre(4));
  EXPECT_EQ(queue.next(), Time::max());
  EXPECT_THAT(take(Time::max()), ::testing::ElementsAre(1));
  EXPECT_TRUE(queue.empty());
}

TEST(Windows, HoldTheirItemsHoweverFarTheseLieApart) {
  const Time last{nanoseconds{(std::int64_t{1} << 62) - 1}};
  const Time first = Time{} - last.time_since_epoch();
  for (const nanoseconds length : {nanoseconds{1}, nanoseconds{1h}, nanoseconds{36 * kYear}}) {
    for (const Time aligned_to : {Time{}, Time{-99 * kYear}, Time{99 * kYear}}) {
      detail::windows::AlignedWindows windows{length, length, aligned_to};
      for (const Time time : {last, first, last, Time{}, first, Time{-1ns}}) {
        const Window window = windows.window(windows.last_with(time));
        EXPECT_LE(window.start, time);
        EXPECT_GT(window.end, time);
        EXPECT_EQ(windows.first_with(time), window.id);
      }
    }
  }
}

TEST(APause, OfAnyLengthIsAPause) {
  EXPECT_EQ(Poll::idle(std::chrono::hours::max()).pause(), kEver);
  EXPECT_EQ(Poll::idle(std::chrono::duration<double>{1e300}).pause(), kEver);
  EXPECT_EQ(Poll::idle(3ms).pause(), 3ms);
  EXPECT_EQ(weir::idle(std::chrono::years::max()).pause, kEver);
  EXPECT_EQ(weir::idle(std::chrono::hours::min()).pause, nanoseconds::min());
  EXPECT_EQ(weir::idle(std::chrono::duration<double, std::nano>{1.5}).pause, 2ns);
  EXPECT_EQ(weir::idle(std::chrono::duration<double>{std::numeric_limits<double>::quiet_NaN()}).pause, 0ns);
}

/// A source that has nothing, and says so for so long that it is idle "never".
TEST(APartition, ThatIsNeverIdleIsNotWaitedForByTheClock) {
  struct Source final : detail::runtime::SourceOperator {
    using SourceOperator::SourceOperator;
    bool emit(detail::runtime::Steady /*now*/) override { return false; }
    void make_due() override {}
    [[nodiscard]] detail::runtime::Steady due() const override { return detail::runtime::Steady::max(); }
    [[nodiscard]] bool exhausted() const override { return false; }
    [[nodiscard]] std::size_t partition_count() const override { return 1; }
    [[nodiscard]] detail::runtime::PartitionStatus partition_status(std::size_t /*index*/) const override {
      return {name, false, detail::runtime::Steady{5s}};
    }
    [[nodiscard]] std::optional<SourceProgress> progress(std::size_t /*index*/) const override { return std::nullopt; }
    [[nodiscard]] bool bounded() const override { return false; }
    [[nodiscard]] std::vector<std::string> unreplayable() const override { return {}; }
    [[nodiscard]] bool takes_by_itself() const override { return false; }
    [[nodiscard]] const std::vector<std::string>& left_over() const override { return none; }
    [[nodiscard]] const std::vector<std::string>& unclaimed() const override { return none; }
    void decided(Epoch /*epoch*/) override {}
    bool stop() override { return true; }
    std::string name = "partition";
    std::vector<std::string> none;
  };
  OnlyWorker worker;
  Source source{worker.parts("in").site};
  worker.stage.source = &source;
  worker.stage.now = detail::runtime::Steady{6s};
  const auto due = [&](nanoseconds idle_after) {
    detail::time::PartitionClock clock{worker.parts("clock"), 0s, idle_after};
    EXPECT_FALSE(clock.watermark().idle);
    return clock.due();
  };
  EXPECT_EQ(due(2s), detail::runtime::Steady{7s});
  EXPECT_EQ(due(kEver), detail::runtime::Steady::max());
  EXPECT_EQ(due(kEver - 1ns), detail::runtime::Steady::max());
}

TEST(TheYear9999, SaysWhereItIsUnlessOnlyTheOrderCounts) {
  const auto events = on_days({1, 2, 2'932'896});
  const auto windows = [](auto in) { return (in | op::count_window("window", TumblingWindows{clock(0s), 24h})).down; };
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    try {
      testing::run_over(Partitions{events}, windows, workers);
      FAIL() << "it ran";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "window.clock");
      EXPECT_THAT(error.what(), HasSubstr("of an item of \"0\""));
      EXPECT_THAT(error.what(), HasSubstr("key \"key\""));
      EXPECT_THAT(error.what(), HasSubstr("the time is 253402214400 s since 1970"));
      EXPECT_THAT(error.what(), HasSubstr("from 1824 to 2116"));
    }
    const auto in_order = [](auto in) { return (in | op::in_time_order("order", clock(48h))).down; };
    EXPECT_EQ(testing::run_over(Partitions{on_days({-800'000, 2, 1, 2'932'896})}, in_order, workers),
              on_days({-800'000, 1, 2, 2'932'896}));
    const auto joined = [](auto in) {
      return op::as_of_join("join", clock(0s), in, in).down |
             op::map("days", [](const auto& each) { return each.second.second->day; });
    };
    EXPECT_THAT(testing::run_over(Partitions{events}, joined, workers), ::testing::ElementsAre(1, 2, 2'932'896));
  }
}

TEST(TheYear9999, CanBeSetAside) {
  const auto steps = [](auto in) {
    return in |
           op::skip_errors(
               op::event_time("time", EventClock{[](const Keyed& keyed) { return time_of(keyed.second); }})) |
           op::count_window("window", TumblingWindows{EventTime{&time_of}, 24h}) |
           op::map("value", [](const auto& each) { return each.second.value; });
  };
  EXPECT_THAT(testing::run_over(Partitions{on_days({1, 2'932'896, 2})}, steps, 2), ::testing::ElementsAre(1, 1));
}

}  // namespace
}  // namespace weir
