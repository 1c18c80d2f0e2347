#include "simulation/timed_steps.hpp"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "simulation/event_times.hpp"
#include "simulation/item_functions.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;
using Key = std::uint32_t;
using Clock = EventClock<decltype(&time_of)>;

// Items of a timed step lie back by up to 12 s. Behind an exchange the clock's word on each item is not known any more,
// so there none may be late.
constexpr std::int64_t kFurthestBack = 12;

bool clock_is_early(const RandomStep& step) {
  return step.parameter % 2 == 0 && (step.kind == Kind::kTumbling || step.kind == Kind::kSliding);
}

// A step that goes by time and has an error policy: it skips items.
bool skips(const RandomStep& step) {
  return step.kind == Kind::kTimers ? step.parameter % 2 == 1 : clock_is_early(step) && step.parameter % 4 == 0;
}

// What a window makes of its items, in any order.
std::uint64_t windowed(std::int64_t start, std::uint64_t sum) { return mix(static_cast<std::uint64_t>(start) + sum); }

struct ReferenceSession {
  std::int64_t first;
  std::int64_t last;
  std::uint64_t sum;
};

// Item by item; a session that is over for an item takes it no more.
void add_to_sessions(std::vector<ReferenceSession>& sessions, const TimedItem& timed, std::int64_t gap) {
  const std::int64_t second = timed.item.second;
  ReferenceSession joined{second, second, timed.item.value};
  std::vector<ReferenceSession> rest;
  for (const ReferenceSession& each : sessions) {
    if (second < each.last + gap && each.first < second + gap && each.last + gap > timed.promise) {
      joined = {std::min(joined.first, each.first), std::max(joined.last, each.last), joined.sum + each.sum};
    } else {
      rest.push_back(each);
    }
  }
  if (rest.size() < sessions.size() || second + gap > timed.promise) {
    rest.push_back(joined);
  }
  sessions = rest;
}

Items reference_of_sessions(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  const auto gap = static_cast<std::int64_t>(step.parameter);
  std::map<Key, std::vector<ReferenceSession>> sessions;
  for (const TimedItem& timed : in) {
    add_to_sessions(sessions[timed.item.key], timed, gap);
  }
  Items out;
  for (const auto& [key, of_key] : sessions) {
    for (const ReferenceSession& each : of_key) {
      if (over(reached, each.last + gap)) {
        out.push_back(made_by_time(key, windowed(each.first, each.sum)));
      }
    }
  }
  return out;
}

Items reference_of_windows(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  const auto every = static_cast<std::int64_t>(step.parameter);
  const std::int64_t length = step.kind == Kind::kSliding ? 3 * every : every;
  std::map<std::pair<Key, std::int64_t>, std::uint64_t> sums;
  for (const TimedItem& timed : in) {
    if (!skips(step) || !fails(timed.item, step.parameter)) {
      for (const std::int64_t start : windows_of(timed, length, every)) {
        sums[{timed.item.key, start}] += timed.item.value;
      }
    }
  }
  Items out;
  for (const auto& [place, sum] : sums) {
    if (over(reached, place.second + length)) {
      out.push_back(made_by_time(place.first, windowed(place.second, sum)));
    }
  }
  return out;
}

Items reference_of_timers(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  std::map<std::pair<Key, std::int64_t>, bool> timers;
  for (const auto& [item, promise] : in) {
    if (!skips(step) || !fails(item, step.parameter)) {
      timers[{item.key, item.second / 10 * 10 + 20}] = true;
    }
  }
  Items out;
  for (const auto& [place, is_set] : timers) {
    if (over(reached, place.second)) {
      out.push_back(made_by_time(place.first, windowed(place.second, 0)));
    }
  }
  return out;
}

Items reference_of_time_order(const std::vector<TimedItem>& in, const TimeReached& reached) {
  Items out = reference_of_late(in);
  for (const auto& [key, items] : on_time_by_key(in)) {
    std::uint64_t fold = 0;
    for (const Item& item : items) {
      if (passed(reached, item.second)) {
        fold = folded(fold, item.value);
        out.push_back(made_by_time(key, fold));
      }
    }
  }
  return out;
}

/// Calls each key back at times that follow from its items.
struct CallBack {
  using State = std::uint64_t;
  using Output = Item;
  RandomStep step;

  void on_item(Key /*key*/, std::optional<State>& items, Item&& item, KeyedEmit<Key, Item>& /*emit*/,
               Timers& timers) const {
    items = items.value_or(0) + 1;
    timers.set_event(at(item.second / 10 * 10 + 20));
    timers.set_event(at(item.second) + std::chrono::milliseconds{1});
    timers.cancel_event(at(item.second) + std::chrono::milliseconds{1});
    if (skips(step)) {
      check(item, step.parameter);
    }
  }
  void on_batch(Key key, std::optional<State>& items, Items&& batch, KeyedEmit<Key, Item>& emit, Timers& timers) const {
    for (Item& item : batch) {
      on_item(key, items, std::move(item), emit, timers);
    }
  }
  void on_timer(Key key, std::optional<State>& /*items*/, const Timer& timer, KeyedEmit<Key, Item>& emit,
                Timers& /*timers*/) const {
    emit(made_by_time(key, windowed(second_of(timer.at), 0)));
  }
};

Stream<Item> build_timers(const RandomStep& step, const std::string& id, const Stream<Item>& up, const Clock& clock) {
  const auto keyed = up | op::event_time(id + ".clock", clock) | keyed_by_number(id + ".key");
  const auto call_back = op::stateful(id, CallBack{step});
  const auto called = skips(step)               ? keyed | op::skip_errors(call_back, copy_before)
                      : step.parameter % 4 == 0 ? keyed | op::stateful_batch(id, CallBack{step})
                                                : keyed | call_back;
  return called | op::key_rm(id + ".rm");
}

/// Adds values up, and takes panes off again.
struct Summing {
  RandomStep step;

  [[nodiscard]] std::uint64_t first(const Item& item) const {
    std::uint64_t sum = 0;
    add(sum, item);
    return sum;
  }
  void add(std::uint64_t& sum, const Item& item) const {
    sum += item.value;
    if (skips(step)) {
      check(item, step.parameter);
    }
  }
  static void merge(std::uint64_t& sum, std::uint64_t other) { sum += other; }
  static void subtract(std::uint64_t& sum, std::uint64_t part) { sum -= part; }
  static std::uint64_t result(std::uint64_t sum) { return sum; }
};

/// Where the clock is at the step, it adds up by `Summing`, else by functions that cannot take anything off.
template <typename AClock>
auto sum_of_windows(const RandomStep& step, const std::string& id, const AClock& clock) {
  return [step, id, clock](const KeyedStream<Key, Item>& up) {
    const auto parameter = std::chrono::seconds{step.parameter};
    const auto fold_by = [&](const auto& folded) {
      return skips(step) ? up | op::skip_errors(folded, copy_before) : up | folded;
    };
    const auto fold = [&](auto windows) {
      const Summing summing{step};
      if constexpr (std::same_as<AClock, Clock>) {
        return fold_by(op::aggregate_window(id, windows, summing));
      } else {
        return fold_by(op::fold_window(
            id, windows, [] { return std::uint64_t{0}; },
            [summing](std::uint64_t& sum, const Item& item) { summing.add(sum, item); }, &Summing::merge));
      }
    };
    const auto sums = step.kind == Kind::kTumbling  ? fold(TumblingWindows{clock, parameter})
                      : step.kind == Kind::kSliding ? fold(SlidingWindows{clock, 3 * parameter, parameter})
                                                    : fold(SessionWindows{clock, parameter});
    return sums | op::map(id + ".item", [](const std::pair<Key, InWindow<std::uint64_t>>& sum) {
             return made_by_time(sum.first, windowed(second_of(sum.second.window.start), sum.second.value));
           });
  };
}

/// Folds what comes, in its order.
struct RunningFold {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(Key key, std::optional<State>& fold, Item&& item, KeyedEmit<Key, Item>& emit) const {
    fold = folded(fold.value_or(0), item.value);
    emit(made_by_time(key, *fold));
  }
};

Stream<Item> build_time_order(const std::string& id, const Stream<Item>& up, const Clock& clock) {
  const auto [in_order, late] = up | keyed_by_number(id + ".key") | op::in_time_order(id, clock);
  return op::merge(
      id + ".all", in_order | op::stateful(id + ".fold", RunningFold{}) | op::key_rm(id + ".rm"),
      late | op::map(id + ".late", [](const std::pair<Key, Item>& item) { return late_one(item.second); }));
}

}  // namespace

std::size_t clocks_of(const RandomStep& step) { return step.kind >= RandomStep::kTimeJoins ? 2 : 1; }

std::size_t clock_of(const RandomStep& step, const Item& item) { return clocks_of(step) == 2 && !left(item) ? 1 : 0; }

std::int64_t out_of_orderness(const RandomStep& step) {
  return step.kind == Kind::kTimers || clock_is_early(step) || !time_join_takes_late(step)
             ? kFurthestBack
             : static_cast<std::int64_t>(step.parameter);
}

Items reference_of_timed_step(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  switch (step.kind) {
    case Kind::kTumbling:
    case Kind::kSliding:
      return reference_of_windows(step, in, reached);
    case Kind::kSessions:
      return reference_of_sessions(step, in, reached);
    case Kind::kTimers:
      return reference_of_timers(step, in, reached);
    default:
      return reference_of_time_order(in, reached);
  }
}

Stream<Item> build_timed_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const Clock clock{&time_of, std::chrono::seconds{out_of_orderness(step)}};
  switch (step.kind) {
    case Kind::kTimers:
      return build_timers(step, id, up, clock);
    case Kind::kInTimeOrder:
      return build_time_order(id, up, clock);
    default:
      if (clock_is_early(step)) {
        return up | op::event_time(id + ".clock", clock) | op::redistribute(id + ".spread") |
               keyed_by_number(id + ".key") | sum_of_windows(step, id, EventTime{&time_of});
      }
      return up | keyed_by_number(id + ".key") | sum_of_windows(step, id, clock);
  }
}

}  // namespace weir::simulation
