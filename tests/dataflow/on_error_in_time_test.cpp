#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void boom() { throw std::domain_error{"boom"}; }

/// A number at a second. Steps throw at the negative ones.
struct Reading {
  std::int64_t second = 0;
  std::int64_t number = 0;

  friend auto operator<=>(const Reading&, const Reading&) = default;
};
using Keyed = std::pair<std::string, Reading>;

Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }
std::chrono::sys_seconds time_of(const Reading& reading) {
  return std::chrono::sys_seconds{std::chrono::seconds{reading.second}};
}
std::chrono::sys_seconds time_of_keyed(const Keyed& keyed) { return time_of(keyed.second); }

void check(const Reading& reading) {
  if (reading.number < 0) {
    boom();
  }
}

/// Calls a key back 10 s behind its last reading, and says how many it had.
struct Silence {
  struct State {
    std::int64_t last = 0;
    std::int64_t times = 0;
  };
  using Output = std::pair<std::int64_t, std::int64_t>;

  void on_item(const std::string& /*key*/, std::optional<State>& state, Reading&& reading,
               KeyedEmit<std::string, Output>& emit, Timers& timers) const {
    if (!state) {
      state.emplace();
    }
    timers.cancel_event(at(state->last + 10));
    timers.set_event(at(reading.second + 10));
    state->last = reading.second;
    ++state->times;
    if (reading.number < 0) {
      emit({0, 0});
      boom();
    }
  }

  void on_timer(const std::string& /*key*/, std::optional<State>& state, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& /*timers*/) const {
    emit({timer.at.time_since_epoch() / 1s, state->times});
    state.reset();
  }
};

using Silences = std::vector<std::pair<std::string, Silence::Output>>;

auto silences(const Stream<Keyed>& readings) {
  return readings | op::skip_errors(op::event_time("clock", EventClock{&time_of_keyed, 3s})) |
         op::skip_errors(op::stateful("silence", Silence{}), copy_before);
}

/// Runs a flow that does not end until `count` more items are out.
void run_until(const Dataflow& flow, std::size_t workers, const std::function<std::size_t()>& out, std::size_t count) {
  const std::size_t before = out();
  RunOptions options;
  options.workers = workers;
  RunHandle handle = start(flow, options);
  while (out() < before + count && !handle.done()) {
    std::this_thread::yield();
  }
  handle.stop();
  handle.wait();
}

TEST(TimersWithAPolicy, RingWhenEventTimeComesToThem) {
  // Nothing but the watermark can say that ann is silent, since the input does not end. At 5 she failed: that neither
  // moved her timer nor counts.
  const std::vector<Keyed> readings{{"ann", {1, 1}}, {"ann", {4, 1}}, {"ann", {5, -1}}, {"bob", {18, 1}}};
  Dataflow flow{"silences"};
  const testing::Collected<Silences::value_type> out;
  flow.input("in", testing::Scripted<Keyed>{{readings}, testing::Then::kPause}) | silences | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    run_until(flow, workers, [&out] { return out.items().size(); }, 1);
    ASSERT_FALSE(out.items().empty());
    EXPECT_EQ(out.items().back(), (Silences::value_type{"ann", {14, 2}}));
  }
}

TEST(TimersWithAPolicy, AreThoseOfTheItemsThatDidNotFail) {
  expect_everywhere(
      std::vector<std::vector<Keyed>>{
          {{"ann", {1, 1}}, {"ann", {5, -1}}, {"new", {6, -1}}, {"bob", {7, -1}}, {"bob", {8, 1}}, {"ann", {9, -1}}}},
      silences, Silences{{"ann", {11, 1}}, {"bob", {18, 1}}});
}

/// Calls a key back by the system's clock.
struct Later {
  using State = Reading;
  using Output = Reading;
  void on_item(const std::string& /*key*/, std::optional<State>& state, Reading&& reading,
               KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    state = reading;
    timers.set_system(timers.system_time() + 2ms);
    check(reading);
  }
  void on_timer(const std::string& /*key*/, std::optional<State>& state, const Timer& /*timer*/,
                KeyedEmit<std::string, Output>& emit, Timers& /*timers*/) const {
    emit(*state);
    state.reset();
  }
};

TEST(TimersWithAPolicy, RingByTheSystemsClock) {
  Dataflow flow{"later"};
  const testing::Collected<Keyed> out;
  flow.input("in",
             testing::Scripted<Keyed>{{{{"ann", {1, 1}}, {"ann", {2, -1}}, {"bob", {3, 3}}}}, testing::Then::kPause}) |
      op::skip_errors(op::stateful("later", Later{}), copy_before) | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const std::size_t before = out.items().size();
    run_until(flow, workers, [&out] { return out.items().size(); }, 2);
    auto items = out.items();
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(before));
    std::ranges::sort(items);
    EXPECT_EQ(items, (std::vector<Keyed>{{"ann", {1, 1}}, {"bob", {3, 3}}}));
  }
}

/// Throws as a timer rings.
struct FailsLater : Silence {
  void on_timer(const std::string& /*key*/, std::optional<State>& /*state*/, const Timer& /*timer*/,
                KeyedEmit<std::string, Output>& /*emit*/, Timers& /*timers*/) const {
    boom();
  }
};

TEST(TimersWithAPolicy, StopTheRunWhereTheyThrow) {
  const auto steps = [](auto in) {
    return in | op::event_time("clock", EventClock{&time_of_keyed, 3s}) |
           op::skip_errors(op::stateful("step", FailsLater{}), copy_before);
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    try {
      testing::run_over(std::vector<std::vector<Keyed>>{{{"ann", {1, 1}}}}, steps, workers);
      ADD_FAILURE() << "nothing stopped it";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "step");
    }
  }
}

TEST(AClockWithAPolicy, LeavesOutItemsWithoutATime) {
  const auto time_or_boom = [](const Reading& reading) {
    check(reading);
    return time_of(reading);
  };
  const std::vector<std::vector<Reading>> readings{{{1, 1}, {1'000, -2}, {3, 3}}, {{2, 2}, {9, -1}}};
  const auto steps = [&](auto in) {
    const auto [timed, failed] = in | op::catch_errors(op::event_time("clock", EventClock{time_or_boom, 3s}));
    return op::merge("all", timed, failed | op::map("second", [](const Failed<Reading>& each) {
                                     return Reading{each.item.second, 0};
                                   }));
  };
  expect_everywhere(readings, steps, std::vector<Reading>{{1, 1}, {2, 2}, {3, 3}, {1'000, 0}, {9, 0}});
}

// Windows.

struct Tally {
  std::int64_t count = 0;
  std::int64_t sum = 0;
};
void add(Tally& tally, Reading&& reading) {
  ++tally.count;
  tally.sum += reading.number;
  check(reading);
}
void merge(Tally& tally, Tally&& other) {
  tally.count += other.count;
  tally.sum += other.sum;
}
template <typename Windows>
auto tally(Windows windows) {
  return op::fold_window("window", std::move(windows), [] { return Tally{}; }, &add, &merge);
}

/// Readings of some keys, each of which is in one of two partitions; every seventh is to fail.
std::vector<std::vector<Keyed>> some_readings() {
  std::vector<std::vector<Keyed>> partitions(2);
  for (std::int64_t n = 0; n < 600; ++n) {
    const std::int64_t second = n / 2 + n * 7 % 5;
    partitions[static_cast<std::size_t>(n % 2)].emplace_back("k" + std::to_string(n % 4),
                                                             Reading{second, n % 7 == 3 ? -n : n});
  }
  return partitions;
}

/// What a step over windows puts out, as text.
template <typename Streams>
Stream<std::string> as_text(const Streams& streams) {
  const auto results = streams.down | op::map("result", [](const auto& each) {
                         const auto& [key, in] = each;
                         return key + " " + std::to_string(in.window.start.time_since_epoch() / 1s) + " " +
                                std::to_string(in.value.count) + " " + std::to_string(in.value.sum);
                       });
  const auto events = streams.meta | op::map("event", [](const auto& each) {
                        return each.first + " event " + std::to_string(static_cast<int>(each.second.kind)) + " " +
                               std::to_string(each.second.window.id);
                      });
  return op::merge("all", results, events);
}

class AStepOverWindowsWithAPolicy : public ::testing::Test {
 protected:
  static auto clock() { return EventTime{&time_of}; }

  /// Expects what the step gives without the items at which it throws.
  template <typename Windows>
  static void expect(const Windows& windows) {
    const auto timed = [](const Stream<Keyed>& in) {
      return in | op::event_time("clock", EventClock{&time_of_keyed, 1h});
    };
    auto expected = testing::run_over(
        some_readings(),
        [&](auto in) {
          return as_text(in | timed | op::filter("good", [](const Keyed& each) { return each.second.number >= 0; }) |
                         tally(windows));
        },
        1);
    ASSERT_GT(expected.size(), 10U);
    expect_everywhere(
        some_readings(), [&](auto in) { return as_text(in | timed | op::skip_errors(tally(windows), copy_before)); },
        expected);
    const auto caught = [&](auto in) {
      return (in | timed | op::catch_errors(tally(windows), copy_before)).second |
             op::map("item", [](const Failed<Keyed>& failed) { return failed.item; });
    };
    std::vector<Keyed> failing;
    for (const auto& partition : some_readings()) {
      std::ranges::copy_if(partition, std::back_inserter(failing),
                           [](const Keyed& each) { return each.second.number < 0; });
    }
    expect_everywhere(some_readings(), caught, failing);
  }
};

TEST_F(AStepOverWindowsWithAPolicy, LeavesTumblingWindowsAsTheyWere) { expect(TumblingWindows{clock(), 10s}); }
TEST_F(AStepOverWindowsWithAPolicy, LeavesPanesAsTheyWere) { expect(SlidingWindows{clock(), 12s, 4s}); }
TEST_F(AStepOverWindowsWithAPolicy, LeavesOverlappingWindowsAsTheyWere) {
  expect(SlidingWindows{clock(), 12s, 4s, Time{}, 1s});
}
TEST_F(AStepOverWindowsWithAPolicy, LeavesSessionsAsTheyWere) { expect(SessionWindows{clock(), 4s}); }

TEST_F(AStepOverWindowsWithAPolicy, LeavesWindowsByCountAsTheyWere) {
  const auto counted = [](auto windows) {
    return [windows](auto in) {
      return in | op::skip_errors(tally(windows), copy_before) |
             op::map("sum", [](const auto& each) { return each.second.value.sum; });
    };
  };
  const std::vector<std::vector<Keyed>> in{
      {{"a", {0, 1}}, {"a", {0, -5}}, {"a", {0, 2}}, {"a", {0, -6}}, {"a", {0, 3}}, {"a", {0, 4}}}};
  expect_everywhere(in, counted(CountWindows{2}), std::vector<std::int64_t>{3, 7});
  expect_everywhere(in, counted(CountWindows{2, 1}), std::vector<std::int64_t>{3, 5, 7, 4});
  const auto by_two = [](const Reading&, std::uint64_t count) {
    return count == 2 ? Trigger::kEmitAndClear : Trigger::kWait;
  };
  expect_everywhere(in, counted(GlobalWindows{by_two}), std::vector<std::int64_t>{3, 7});
}

TEST_F(AStepOverWindowsWithAPolicy, MustHaveItsClockBeforeIt) {
  Dataflow flow{"flow"};
  const auto in = flow.input("in", testing::Scripted<Keyed>{{}});
  const TumblingWindows windows{EventClock{&time_of, 1s}, 10s};
  try {
    static_cast<void>(in | op::skip_errors(tally(windows), copy_before));
    ADD_FAILURE() << "it was accepted";
  } catch (const BuildError& error) {
    EXPECT_THAT(error.what(),
                ::testing::HasSubstr("was given several: \"window.clock\", \"window\"; put the clock before it"));
  }
}

TEST_F(AStepOverWindowsWithAPolicy, CountsEachItemOnceThoughTheRunIsInterrupted) {
  const auto steps = [](auto in) {
    const auto timed = in | op::event_time("clock", EventClock{&time_of_keyed, 1h});
    const auto [windows, failed] = timed | op::catch_errors(tally(SessionWindows{clock(), 4s}), copy_before);
    return op::merge("both", as_text(windows), failed | op::map("failed", [](const Failed<Keyed>& each) {
                                                 return each.item.first + " failed " +
                                                        std::to_string(each.item.second.number);
                                               }));
  };
  auto expected = testing::run_over(some_readings(), steps, 1);
  auto out = testing::run_over_aborted(some_readings(), steps, {.at = {13, 150, 150, 200}});
  std::ranges::sort(expected);
  std::ranges::sort(out);
  EXPECT_EQ(out, expected);
}

// Other keyed steps.

std::int64_t number_of(const Reading& reading) {
  check(reading);
  return reading.number;
}

TEST(KeyedStepsWithAPolicy, LeaveOutFailingItems) {
  const std::vector<std::vector<Keyed>> in{
      {{"a", {1, 1}}, {"a", {2, -1}}, {"a", {3, 1}}, {"a", {4, -1}}, {"a", {5, 2}}}};
  expect_everywhere(
      in, [](auto s) { return s | op::skip_errors(op::distinct("step", number_of), copy_before); },
      std::vector<Keyed>{{"a", {1, 1}}, {"a", {5, 2}}});
  using Top = std::pair<std::string, std::vector<Reading>>;
  expect_everywhere(
      in, [](auto s) { return s | op::skip_errors(op::top_n("step", 1, number_of), copy_before); },
      std::vector<Top>{{"a", {{1, 1}}}, {"a", {{5, 2}}}});
  expect_everywhere(
      in, [](auto s) { return s | op::key_rm("rm") | op::skip_errors(op::deduplicate("step", number_of)); },
      std::vector<Reading>{{1, 1}, {5, 2}});
  expect_everywhere(
      in,
      [](auto s) {
        return (s | op::key_rm("rm") |
                op::skip_errors(op::deduplicate_within("step", number_of, SystemClock{}, std::chrono::hours{1})))
            .down;
      },
      std::vector<Reading>{{1, 1}, {5, 2}});
}

}  // namespace
}  // namespace weir
