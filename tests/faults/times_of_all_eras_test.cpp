// What goes by event time gives the same before 1970 as after it, at equal times, and at times on a border.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

struct Event {
  std::int64_t second = 0;
  int number = 0;
};
using Keyed = std::pair<int, Event>;

std::chrono::sys_seconds time_of(const Event& event) {
  return std::chrono::sys_seconds{std::chrono::seconds{event.second}};
}
std::chrono::sys_seconds time_of_pair(const Keyed& event) { return time_of(event.second); }

/// Calls a key back 3 s after each of its events.
struct Later {
  using State = int;
  using Output = Time;

  static void on_item(int /*key*/, std::optional<int>& state, Event&& event, KeyedEmit<int, Time>& /*emit*/,
                      Timers& timers) {
    state = 0;
    timers.set_event(Time{time_of(event)} + 3s);
  }
  static void on_timer(int /*key*/, std::optional<int>& /*state*/, const Timer& timer, KeyedEmit<int, Time>& emit,
                       Timers& /*timers*/) {
    emit(timer.at);
  }
};

/// The second at which an era has its middle.
class AnEra : public ::testing::TestWithParam<std::int64_t> {
 protected:
  [[nodiscard]] static std::vector<std::vector<Keyed>> events() {
    std::vector<Keyed> all;
    for (const auto& [second, number] : std::vector<std::pair<std::int64_t, int>>{
             {-25, 0}, {-21, 1}, {-20, 2}, {-20, 3}, {-20, 9}, {-11, 5}, {-10, 4}, {-1, 6}, {0, 7}}) {
      all.emplace_back(1, Event{GetParam() + second, number});
    }
    return {all};
  }

  /// Seconds from the middle of the era.
  static std::int64_t second_of(Time time) { return time.time_since_epoch() / 1s - GetParam(); }
  static std::int64_t second_of(const Event& event) { return event.second - GetParam(); }

  /// Start, end and value of windows.
  template <typename Windows>
  static auto spans(const Windows& windows) {
    return windows | op::map("span", [](const auto& result) {
             const auto& [window, value] = result.second;
             return std::tuple{second_of(window.start), second_of(window.end), value};
           });
  }

  /// The even numbers and the odd ones.
  template <typename Join>
  static auto join(const Stream<Keyed>& in, Join join) {
    return join(in | op::filter("left", [](const Keyed& event) { return event.second.number % 2 == 0; }),
                in | op::filter("right", [](const Keyed& event) { return event.second.number % 2 == 1; }));
  }
  static int number_of(const std::optional<Event>& event) { return event ? event->number : -1; }
  static int number_of(const Event& event) { return event.number; }
  template <typename Joined>
  static auto numbers(const Joined& joined) {
    return joined | op::map("numbers", [](const auto& row) {
             return std::pair{number_of(row.second.first), number_of(row.second.second)};
           });
  }

  using Counts = std::vector<std::tuple<std::int64_t, std::int64_t, std::uint64_t>>;
  using Pairs = std::vector<std::pair<int, int>>;
  const EventClock<decltype(&time_of)> clock{&time_of, 5s};
};

// Named for what lies there: the end of 1969, the end of 1899 and the end of February 2026.
INSTANTIATE_TEST_SUITE_P(Years, AnEra,
                         ::testing::Values(std::int64_t{0}, std::int64_t{-2'208'988'800}, std::int64_t{1'772'323'200}));

TEST_P(AnEra, HasWindowsThatHoldTheirStartAndNotTheirEnd) {
  expect_everywhere(
      events(), [&](const auto& in) { return spans(in | op::count_window("count", TumblingWindows{clock, 10s})); },
      Counts{{-30, -20, 2}, {-20, -10, 4}, {-10, 0, 2}, {0, 10, 1}});
  expect_everywhere(
      events(), [&](const auto& in) { return spans(in | op::count_window("count", SlidingWindows{clock, 10s, 5s})); },
      Counts{{-30, -20, 2}, {-25, -15, 5}, {-20, -10, 4}, {-15, -5, 2}, {-10, 0, 2}, {-5, 5, 2}, {0, 10, 1}});
}

TEST_P(AnEra, HasTwoSessionsWhereItemsAreExactlyAGapApart) {
  expect_everywhere(
      events(), [&](const auto& in) { return spans(in | op::count_window("count", SessionWindows{clock, 9s})); },
      Counts{{-25, -11, 5}, {-11, -1, 2}, {-1, 9, 2}});
}

TEST_P(AnEra, KeepsWhatHasTheSameTimeAsItCame) {
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return in | op::in_time_order("order", clock) |
               op::map_value("digit", [](const Event& event) { return std::to_string(event.number); }) |
               op::reduce_final("text", [](std::string& text, const std::string& digit) { text += digit; }) |
               op::key_rm("rm");
      },
      std::vector<std::string>{"012395467"});
}

TEST_P(AnEra, HasTimersThatRingOnceAtATime) {
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return in | op::event_time("clock", EventClock{&time_of_pair, 5s}) | op::stateful("later", Later{}) |
               op::map("second", [](const auto& rung) { return second_of(rung.second); });
      },
      std::vector<std::int64_t>{-22, -18, -17, -8, -7, 2, 3});
}

TEST_P(AnEra, ForgetsAnIdExactlyALengthLater) {
  expect_everywhere(
      events(),
      [](const auto& in) {
        return in | op::deduplicate_within("once", &Keyed::first, EventClock{&time_of_pair, 5s}, 5s) |
               op::map("number", [](const Keyed& event) { return event.second.number; });
      },
      std::vector<int>{0, 2, 5, 6});
}

TEST_P(AnEra, JoinsWhatWasKnownWithTheLastThatCameOfEqualTimes) {
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return join(in, [&](const auto& l, const auto& r) { return numbers(op::as_of_join("join", clock, l, r)); });
      },
      Pairs{{0, -1}, {2, 9}, {4, 5}, {6, 5}});
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return join(in, [&](const auto& l, const auto& r) { return numbers(op::as_of_join("join", clock, l, r, 1s)); });
      },
      Pairs{{0, -1}, {2, 9}, {4, 5}, {6, -1}});
}

TEST_P(AnEra, JoinsWhatLiesInAnIntervalWithItsEnds) {
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return join(
            in, [&](const auto& l, const auto& r) { return numbers(op::interval_join("join", clock, l, r, -1s, 0s)); });
      },
      Pairs{{2, 1}, {2, 3}, {2, 9}, {4, 5}});
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return join(in, [&](const auto& l, const auto& r) {
          return numbers(op::full_interval_join("join", clock, l, r, -1s, 0s));
        });
      },
      Pairs{{2, 1}, {2, 3}, {2, 9}, {4, 5}, {0, -1}, {6, -1}, {-1, 7}});
}

TEST_P(AnEra, LetsWhatHasNoPartnerFlowOnByTheTimeOfItsLastPossibleOne) {
  const auto last_partner = [](const auto& row) { return time_of(row.first) + 2s; };
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return spans(join(in, [&](const auto& l, const auto& r) {
          return op::left_interval_join("join", clock, l, r, -1s, 2s) |
                 op::count_window("count", TumblingWindows{EventTime{last_partner}, 10s});
        }));
      },
      Counts{{-30, -20, 1}, {-20, -10, 3}, {-10, 0, 1}, {0, 10, 1}});
}

TEST_P(AnEra, JoinsWhatLiesInAWindow) {
  expect_everywhere(
      events(),
      [&](const auto& in) {
        return join(in, [&](const auto& l, const auto& r) {
          return op::join_window("join", TumblingWindows{clock, 10s}, l, r) | op::map("numbers", [](const auto& row) {
                   const auto& [left, right] = row.second.value;
                   return std::pair{number_of(left), number_of(right)};
                 });
        });
      },
      Pairs{{0, 1}, {2, 5}, {6, -1}, {-1, 7}});
}

}  // namespace
}  // namespace weir
