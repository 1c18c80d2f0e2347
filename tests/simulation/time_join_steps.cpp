#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "simulation/event_times.hpp"
#include "simulation/item_functions.hpp"
#include "simulation/join_step.hpp"
#include "simulation/timed_steps.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;
using Key = std::uint32_t;

bool has_tolerance(const RandomStep& step) { return step.parameter % 2 == 0; }

// A join of windows: tumbling ones for the first values, sliding ones for the last, and sessions or tumbling ones for
// all. Which value of a session is the first depends on how its sides follow on each other.
bool joins_sessions(const RandomStep& step) {
  return step.kind == Kind::kJoinWindow && insert_of(step) == JoinInsert::kProduct && step.parameter > 2;
}
bool joins_sliding(const RandomStep& step) {
  return step.kind == Kind::kJoinWindow && insert_of(step) == JoinInsert::kLast;
}
bool joins_complete(const RandomStep& step) { return joins_sliding(step) || step.parameter == 2; }

Item known_then(Key key, const Item& item, const Item* newest) {
  return made_by_time(key, folded(item.value, newest == nullptr ? 1 : newest->value));
}

Items reference_of_as_of(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  Items out = reference_of_late(in);
  const auto tolerance = static_cast<std::int64_t>(step.parameter);
  for (const auto& [key, items] : on_time_by_key(in)) {
    for (const Item& item : items) {
      const Item* newest = nullptr;
      for (const Item& other : items) {
        const std::int64_t age = item.second - other.second;
        newest = !left(other) && age >= 0 && (!has_tolerance(step) || age <= tolerance) ? &other : newest;
      }
      if (left(item) && passed(reached, item.second)) {
        out.push_back(known_then(key, item, newest));
      }
    }
  }
  return out;
}

// An interval join is inner, or keeps the values of one side, or of both, that have no partner.
bool keeps_left(const RandomStep& step) { return step.parameter % 4 == 1 || step.parameter % 4 == 3; }
bool keeps_right(const RandomStep& step) { return step.parameter % 4 >= 2; }

Items reference_of_intervals(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  const auto parameter = static_cast<std::int64_t>(step.parameter);
  constexpr std::int64_t kUpper = 2;
  Items out;
  for (const auto& [key, items] : on_time_by_key(in)) {
    for (const Item& item : items) {
      bool alone = left(item) ? keeps_left(step) : keeps_right(step);
      for (const Item& other : items) {
        const Item& one = left(item) ? item : other;
        const Item& another = left(item) ? other : item;
        const std::int64_t distance = another.second - one.second;
        if (left(one) && !left(another) && distance >= -parameter && distance <= kUpper) {
          alone = false;
          if (left(item)) {
            out.push_back(made_by_time(key, item.value + other.value));
          }
        }
      }
      if (alone && passed(reached, item.second + (left(item) ? kUpper : parameter))) {
        out.push_back(made_by_time(key, item.value + 1));
      }
    }
  }
  return out;
}

Item row_of_window(Key key, std::int64_t start, std::uint64_t left_value, std::uint64_t right_value) {
  return made_by_time(key, folded(folded(static_cast<std::uint64_t>(start), left_value), right_value));
}

/// The items of a window as they are joined, with the end of the window.
struct ReferenceWindow {
  std::int64_t end = 0;
  Items items;
};

std::map<std::pair<Key, std::int64_t>, ReferenceWindow> joined_windows(const RandomStep& step,
                                                                       const std::vector<TimedItem>& in) {
  const auto every = static_cast<std::int64_t>(step.parameter);
  std::map<std::pair<Key, std::int64_t>, ReferenceWindow> windows;
  if (joins_sessions(step)) {
    for (const auto& [key, items] : on_time_by_key(in)) {
      ReferenceWindow* session = nullptr;
      for (const Item& item : items) {
        if (session == nullptr || item.second >= session->end) {
          session = &windows[{key, item.second}];
        }
        session->end = item.second + every;
        session->items.push_back(item);
      }
    }
    return windows;
  }
  const std::int64_t length = joins_sliding(step) ? 3 * every : every;
  const auto pane_of = [&](const Item& item) { return item.second / every; };
  for (const TimedItem& timed : in) {
    for (const std::int64_t start : windows_of(timed, length, every)) {
      ReferenceWindow& window = windows[{timed.item.key, start}];
      window.end = start + length;
      // Panes go in the order of time, the items of a pane in that of arrival.
      window.items.insert(std::ranges::upper_bound(window.items, pane_of(timed.item), {}, pane_of), timed.item);
    }
  }
  return windows;
}

Items reference_of_join_windows(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  Items out;
  for (const auto& [place, window] : joined_windows(step, in)) {
    std::vector<std::uint64_t> sides[2];
    for (const Item& item : window.items) {
      std::vector<std::uint64_t>& side = sides[left(item) ? 0 : 1];
      if (side.empty() || insert_of(step) == JoinInsert::kProduct) {
        side.push_back(item.value);
      } else if (insert_of(step) == JoinInsert::kLast) {
        side.back() = item.value;
      }
    }
    if (!over(reached, window.end) || (joins_complete(step) && (sides[0].empty() || sides[1].empty()))) {
      continue;
    }
    for (auto& side : sides) {
      side.resize(std::max<std::size_t>(side.size(), 1), 1);
    }
    for (const std::uint64_t one : sides[0]) {
      for (const std::uint64_t other : sides[1]) {
        out.push_back(row_of_window(place.first, place.second, one, other));
      }
    }
  }
  return out;
}

template <typename Late>
auto item_of_late(const std::string& id, const Late& late) {
  return late | op::map(id + ".late", [](const auto& value) {
           return std::visit([](const Item& item) { return late_one(item); }, value.second);
         });
}

/// A step of two sides, each of which has its clock.
class TwoSides {
 public:
  TwoSides(const RandomStep& step, std::string id, const Stream<Item>& up)
      : step_{step},
        id_{std::move(id)},
        clock_{&time_of, std::chrono::seconds{out_of_orderness(step)}},
        sides_{split(id_, up)} {}

  [[nodiscard]] Stream<Item> intervals() const {
    const auto& [one, other] = sides_;
    const std::chrono::seconds lower = -parameter();
    const std::chrono::seconds upper{2};
    if (keeps_left(step_) && keeps_right(step_)) {
      return sums(op::full_interval_join(id_, clock_, one, other, lower, upper));
    }
    return keeps_left(step_)    ? sums(op::left_interval_join(id_, clock_, one, other, lower, upper))
           : keeps_right(step_) ? sums(op::right_interval_join(id_, clock_, one, other, lower, upper))
                                : sums(op::interval_join(id_, clock_, one, other, lower, upper));
  }

  [[nodiscard]] Stream<Item> as_of() const {
    const auto tolerance = has_tolerance(step_) ? std::optional<std::chrono::nanoseconds>{parameter()} : std::nullopt;
    const auto joined = op::as_of_join(id_, clock_, sides_.first, sides_.second, tolerance);
    const auto rows =
        joined | op::map(id_ + ".item", [](const std::pair<Key, std::pair<Item, std::optional<Item>>>& row) {
          const auto& [item, newest] = row.second;
          return known_then(row.first, item, newest ? &*newest : nullptr);
        });
    return op::merge(id_ + ".all", rows, item_of_late(id_, joined.late));
  }

  [[nodiscard]] Stream<Item> windows() const {
    if (joins_sessions(step_)) {
      return rows<JoinInsert::kProduct, JoinEmit::kFinal>(SessionWindows{clock_, parameter()});
    }
    if (joins_sliding(step_)) {
      return rows<JoinInsert::kLast, JoinEmit::kComplete>(SlidingWindows{clock_, 3 * parameter(), parameter()});
    }
    const TumblingWindows windows{clock_, parameter()};
    return joins_complete(step_) ? rows<JoinInsert::kProduct, JoinEmit::kComplete>(windows)
                                 : rows<JoinInsert::kFirst, JoinEmit::kFinal>(windows);
  }

 private:
  using Side = KeyedStream<Key, Item>;

  static std::pair<Side, Side> split(const std::string& id, const Stream<Item>& up) {
    const auto [ones, others] = up | op::branch(id + ".branch", left);
    return {ones | keyed_by_number(id + ".left"), others | keyed_by_number(id + ".right")};
  }

  [[nodiscard]] std::chrono::seconds parameter() const { return std::chrono::seconds{step_.parameter}; }

  template <typename Pairs>
  [[nodiscard]] Stream<Item> sums(const Pairs& pairs) const {
    return pairs | op::map(id_ + ".item", [](const auto& pair) {
             return made_by_time(pair.first, value_of(pair.second.first) + value_of(pair.second.second));
           });
  }

  template <JoinInsert kInsert, JoinEmit kEmit, typename Windows>
  [[nodiscard]] Stream<Item> rows(const Windows& windows) const {
    return op::join_window<kInsert, kEmit>(id_, windows, sides_.first, sides_.second) |
           op::map(id_ + ".item", [](const auto& row) {
             const auto& [one, other] = row.second.value;
             return row_of_window(row.first, second_of(row.second.window.start), value_of(one), value_of(other));
           });
  }

  static std::uint64_t value_of(const Item& item) { return item.value; }
  static std::uint64_t value_of(const std::optional<Item>& item) { return item ? item->value : 1; }

  RandomStep step_;
  std::string id_;
  EventClock<decltype(&time_of)> clock_;
  std::pair<Side, Side> sides_;
};

}  // namespace

// What is late for a session depends on how those of the two sides follow on each other; and where the order of values
// counts, those that are late for some sliding windows are merged behind the others.
bool time_join_takes_late(const RandomStep& step) { return !joins_sessions(step) && !joins_sliding(step); }

Items reference_of_time_join(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  switch (step.kind) {
    case Kind::kIntervalJoin:
      return reference_of_intervals(step, in, reached);
    case Kind::kAsOfJoin:
      return reference_of_as_of(step, in, reached);
    default:
      return reference_of_join_windows(step, in, reached);
  }
}

Stream<Item> build_time_join(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const TwoSides sides{step, id, up};
  return step.kind == Kind::kIntervalJoin ? sides.intervals()
         : step.kind == Kind::kAsOfJoin   ? sides.as_of()
                                          : sides.windows();
}

}  // namespace weir::simulation
