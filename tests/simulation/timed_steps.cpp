#include "simulation/timed_steps.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// What a window comes to.
std::uint64_t windowed(std::int64_t start, std::uint64_t fold) { return mix(static_cast<std::uint64_t>(start) + fold); }

using Values = std::vector<std::uint64_t>;

/// What a window makes of its values, in any order.
enum class FoldOf : std::uint8_t { kSum, kReduced, kCount, kMean, kLeast, kGreatest, kAll };

// Where the clock is at the step, and no item is skipped, each kind of windows goes by several.
FoldOf fold_of(const RandomStep& step) {
  if (clock_is_early(step)) {
    return FoldOf::kSum;
  }
  using enum FoldOf;
  constexpr std::array kTumbling{kSum, kCount, kMean, kSum};
  constexpr std::array kSliding{kSum, kLeast, kGreatest, kAll};
  constexpr std::array kSessions{kSum, kReduced, kAll, kSum};
  const std::size_t choice = step.parameter / 2 - 1;
  return step.kind == Kind::kTumbling  ? kTumbling.at(choice)
         : step.kind == Kind::kSliding ? kSliding.at(choice)
                                       : kSessions.at(choice);
}

std::uint64_t figure_of(double mean) { return std::bit_cast<std::uint64_t>(mean); }
std::uint64_t figure_of(std::uint64_t number) { return number; }
std::uint64_t figure_of(const Item& item) { return item.value; }
std::uint64_t figure_of(Values values) {
  std::ranges::sort(values);
  return folded(values);
}
std::uint64_t figure_of(const Items& items) {
  Values values;
  std::ranges::transform(items, std::back_inserter(values), &Item::value);
  return figure_of(std::move(values));
}

std::uint64_t folded_by(FoldOf fold, const Values& values) {
  switch (fold) {
    case FoldOf::kCount:
      return values.size();
    case FoldOf::kMean:
      return figure_of(mean_of(values));
    case FoldOf::kLeast:
      return std::ranges::min(values);
    case FoldOf::kGreatest:
      return std::ranges::max(values);
    case FoldOf::kAll:
      return figure_of(values);
    default:
      return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
  }
}

struct ReferenceSession {
  std::int64_t first;
  std::int64_t last;
  Values values;
};

// Item by item; a session that is over for an item takes it no more.
void add_to_sessions(std::vector<ReferenceSession>& sessions, const TimedItem& timed, std::int64_t gap) {
  const std::int64_t second = timed.item.second;
  ReferenceSession joined{second, second, {timed.item.value}};
  std::vector<ReferenceSession> rest;
  for (const ReferenceSession& each : sessions) {
    if (second < each.last + gap && each.first < second + gap && each.last + gap > timed.promise) {
      joined.first = std::min(joined.first, each.first);
      joined.last = std::max(joined.last, each.last);
      joined.values.insert(joined.values.end(), each.values.begin(), each.values.end());
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
        out.push_back(made_by_time(key, windowed(each.first, folded_by(fold_of(step), each.values))));
      }
    }
  }
  return out;
}

Items reference_of_windows(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached) {
  const auto every = static_cast<std::int64_t>(step.parameter);
  const std::int64_t length = step.kind == Kind::kSliding ? 3 * every : every;
  std::map<std::pair<Key, std::int64_t>, Values> windows;
  for (const TimedItem& timed : in) {
    if (!skips(step) || !fails(timed.item, step.parameter)) {
      for (const std::int64_t start : windows_of(timed, length, every)) {
        windows[{timed.item.key, start}].push_back(timed.item.value);
      }
    }
  }
  Items out;
  for (const auto& [place, values] : windows) {
    if (over(reached, place.second + length)) {
      out.push_back(made_by_time(place.first, windowed(place.second, folded_by(fold_of(step), values))));
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

// Items by what they are alike in.
std::pair<Key, std::uint64_t> id_of(const Item& item, std::uint64_t parameter) {
  return {item.key, item.value % parameter};
}

Items reference_of_deduplicate_within(const RandomStep& step, const std::vector<TimedItem>& in) {
  Items out = reference_of_late(in);
  std::map<std::pair<Key, std::uint64_t>, std::vector<std::int64_t>> through;
  for (const auto& [item, promise] : in) {
    std::vector<std::int64_t>& seconds = through[id_of(item, step.parameter)];
    const auto is_near = [&](std::int64_t second) {
      return std::abs(second - item.second) < static_cast<std::int64_t>(step.parameter);
    };
    if (item.second >= promise && std::ranges::none_of(seconds, is_near)) {
      seconds.push_back(item.second);
      out.push_back(item);
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

using Keyed = KeyedStream<Key, Item>;
using Tumbling = TumblingWindows<Clock>;
using Sliding = SlidingWindows<Clock>;

template <typename Folds>
Stream<Item> items_of(const std::string& id, const Folds& folds) {
  return folds | op::map(id + ".item", [](const auto& fold) {
           const auto& [window, value] = fold.second;
           return made_by_time(fold.first, windowed(second_of(window.start), figure_of(value)));
         });
}

/// Where the clock is at the source: adds up by functions that cannot take anything off.
template <typename Windows>
Stream<Item> build_sums(const RandomStep& step, const std::string& id, const Keyed& up, Windows windows) {
  const auto sums = op::fold_window(
      id, windows, [] { return std::uint64_t{0}; },
      [summing = Summing{step}](std::uint64_t& sum, const Item& item) { summing.add(sum, item); }, &Summing::merge);
  return skips(step) ? items_of(id, up | op::skip_errors(sums, copy_before)) : items_of(id, up | sums);
}

/// Where it is at the step.
template <typename Windows>
Stream<Item> build_folds(const RandomStep& step, const std::string& id, const Keyed& up, Windows windows) {
  const FoldOf fold = fold_of(step);
  if constexpr (std::same_as<Windows, Tumbling>) {
    if (fold == FoldOf::kCount) {
      return items_of(id, up | op::count_window(id, windows));
    }
    if (fold == FoldOf::kMean) {
      return items_of(id, up | op::mean_window(id, windows, [](const Item& item) { return small(item.value); }));
    }
    if (step.parameter > 5) {
      return items_of(id, up | op::sum_window(id, windows, &Item::value));
    }
  } else if constexpr (std::same_as<Windows, Sliding>) {
    if (fold == FoldOf::kLeast) {
      return items_of(id, up | op::min_window(id, windows, &Item::value));
    }
    if (fold == FoldOf::kGreatest) {
      return items_of(id, up | op::max_window(id, windows, &Item::value));
    }
  } else if (fold == FoldOf::kReduced) {
    return items_of(id,
                    up | op::reduce_window(id, windows, [](Item& sum, const Item& item) { sum.value += item.value; }));
  }
  return fold == FoldOf::kAll ? items_of(id, up | op::collect_window(id, windows))
                              : items_of(id, up | op::aggregate_window(id, windows, Summing{step}));
}

Stream<Item> build_windows(const RandomStep& step, const std::string& id, const Stream<Item>& up, const Clock& clock) {
  const auto length = std::chrono::seconds{step.parameter};
  if (clock_is_early(step)) {
    const EventTime time{&time_of};
    const auto keyed =
        up | op::event_time(id + ".clock", clock) | op::redistribute(id + ".spread") | keyed_by_number(id + ".key");
    return step.kind == Kind::kTumbling ? build_sums(step, id, keyed, TumblingWindows{time, length})
                                        : build_sums(step, id, keyed, SlidingWindows{time, 3 * length, length});
  }
  const auto keyed = up | keyed_by_number(id + ".key");
  return step.kind == Kind::kTumbling  ? build_folds(step, id, keyed, Tumbling{clock, length})
         : step.kind == Kind::kSliding ? build_folds(step, id, keyed, Sliding{clock, 3 * length, length})
                                       : build_folds(step, id, keyed, SessionWindows{clock, length});
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

Stream<Item> build_deduplicate_within(const RandomStep& step, const std::string& id, const Stream<Item>& up,
                                      const Clock& clock) {
  const auto [first, late] = up | op::deduplicate_within(
                                      id, [alike = step.parameter](const Item& item) { return id_of(item, alike); },
                                      clock, std::chrono::seconds{step.parameter});
  return op::merge(id + ".all", first, late | op::map(id + ".late_one", late_one));
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
    case Kind::kDeduplicateWithin:
      return reference_of_deduplicate_within(step, in);
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
    case Kind::kDeduplicateWithin:
      return build_deduplicate_within(step, id, up, clock);
    default:
      return build_windows(step, id, up, clock);
  }
}

}  // namespace weir::simulation
