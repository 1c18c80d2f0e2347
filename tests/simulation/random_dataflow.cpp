#include "simulation/random_dataflow.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;

std::uint64_t mix(std::uint64_t x) { return Rng{x}.next(); }

Item mapped(Item item, std::uint64_t parameter) {
  item.value = mix(item.value + parameter);
  return item;
}

Items flat_mapped(const Item& item, std::uint64_t parameter) {
  const std::uint64_t count = item.value % 997 == 0 ? 2'500 : mix(item.value) % parameter;
  Items items;
  for (std::uint64_t i = 0; i < count; ++i) {
    items.push_back({item.key, mix(item.value + i), item.epoch, item.second});
  }
  return items;
}

bool passes(const Item& item, std::uint64_t parameter) { return item.value % parameter != 0; }

Item rekeyed(Item item, std::uint64_t parameter) {
  item.key = static_cast<std::uint32_t>(item.value % parameter);
  return item;
}

/// An item before the step that goes by event time.
struct TimedItem {
  Item item;
  std::int64_t promise;  ///< the watermark of its partition when it came
};

constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

bool is_timed(Kind kind) { return kind >= Kind::kTumbling; }

// Items of a timed step lie back by up to 12 s.
bool clock_is_early(const RandomStep& step) {
  return step.parameter % 2 == 0 && (step.kind == Kind::kTumbling || step.kind == Kind::kSliding);
}

// Behind an exchange the clock's word on each item is not known any more, so there none may be late.
std::int64_t out_of_orderness(const RandomStep& step) {
  return step.kind == Kind::kTimers || clock_is_early(step) ? 12 : static_cast<std::int64_t>(step.parameter);
}

// A step that goes by time and has an error policy: it skips items.
bool skips(const RandomStep& step) {
  return step.kind == Kind::kTimers ? step.parameter % 2 == 1 : clock_is_early(step) && step.parameter % 4 == 0;
}

Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }

std::chrono::sys_seconds time_of(const Item& item) {
  return std::chrono::sys_seconds{std::chrono::seconds{item.second}};
}

// What a window makes of its items, in any order.
std::uint64_t windowed(std::int64_t start, std::uint64_t sum) { return mix(static_cast<std::uint64_t>(start) + sum); }

// What is made by time belongs to no epoch of an item.
Item made_by_time(std::uint32_t key, std::uint64_t value) { return {key, value, 0, 0}; }

bool left(const Item& item) { return item.value % 2 == 0; }

std::uint64_t folded(std::uint64_t so_far, std::uint64_t next) { return mix(so_far * 3 + next); }

bool complete(std::uint64_t fold) { return fold % 5 == 0; }

/// Emits a running fold whose value depends on the order of a key's items; forgets the key now and then.
struct Running {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(std::uint32_t key, std::optional<State>& fold, Item&& item, KeyedEmit<std::uint32_t, Item>& emit) {
    fold = folded(fold.value_or(0), item.value);
    emit({key, *fold, item.epoch});
    if (complete(*fold)) {
      fold.reset();
    }
  }
};

/// What is kept for a key follows from the key, so that it may be dropped at any time.
struct Remembering {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(std::uint32_t key, std::optional<State>& state, Item&& item,
               KeyedEmit<std::uint32_t, Item>& emit) const {
    state = state.value_or(mix(key));
    emit(mapped(item, *state));
  }
};

// From less than a worker's step to thousands of them.
std::chrono::nanoseconds short_life(std::uint64_t parameter) {
  return std::chrono::microseconds{1ULL << 2 * parameter};
}

// No run takes so long.
constexpr std::chrono::hours kLongLife{24 * 365 * 30};

/// The same for what comes together; where it is cut does not matter.
struct RunningBatches : Running {
  void on_batch(std::uint32_t key, std::optional<State>& fold, Items&& items, KeyedEmit<std::uint32_t, Item>& emit) {
    for (Item& item : items) {
      on_item(key, fold, std::move(item), emit);
    }
  }
};

// Items at which the steps with an error policy throw.
bool fails(const Item& item, std::uint64_t parameter) { return item.value % parameter == 0; }

void check(const Item& item, std::uint64_t parameter) {
  if (fails(item, parameter)) {
    throw std::runtime_error{"planned"};
  }
}

/// The same as Running, but for items at which it throws, behind having changed the fold and emitted.
struct FailingRunning : Running {
  std::uint64_t parameter;
  void on_item(std::uint32_t key, std::optional<State>& fold, Item&& item, KeyedEmit<std::uint32_t, Item>& emit) {
    const Item copy = item;
    Running::on_item(key, fold, std::move(item), emit);
    check(copy, parameter);
  }
};

/// As `flat_mapped`, but it throws in the middle at some items.
Generator<Item> failing_range(Item item, std::uint64_t parameter) {
  const Items items = flat_mapped(item, parameter);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i == items.size() / 2) {
      check(item, parameter);
    }
    co_yield items[i];
  }
}

struct SumAtEnd {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(const std::string& /*key*/, std::optional<State>& sum, Item&& item,
               KeyedEmit<std::string, Item>& /*emit*/) {
    sum = sum.value_or(0) + item.value;
  }
  void on_end(const std::string& key, std::optional<State>& sum, KeyedEmit<std::string, Item>& emit) {
    emit({static_cast<std::uint32_t>(std::stoul(key)), *sum, 0});
    sum.reset();
  }
};

// Reduces value and completeness alone, and keeps the epoch of the latest item.
void reduce_items(Item& so_far, Item&& next) {
  so_far.value = folded(so_far.value, next.value);
  so_far.epoch = next.epoch;
}

bool is_complete(const Item& item) { return complete(item.value); }

bool minds_order(Kind kind) {
  return kind == Kind::kRunning || kind == Kind::kBatches || kind == Kind::kReduce || kind == Kind::kCatch;
}

bool loses_order(Kind kind) {
  return kind == Kind::kRekey || kind == Kind::kRedistribute || kind == Kind::kBranchMerge ||
         kind == Kind::kDetourMerge || kind == Kind::kTwiceMerge || kind == Kind::kCatch;
}

// What passes a step that throws at some items and skips these.
Items skipped(const Item& item, std::uint64_t parameter) {
  const bool fails = item.value % parameter == 0;
  if (parameter % 2 == 0) {
    return fails ? Items{} : Items{mapped(item, parameter)};
  }
  Items items = flat_mapped(item, parameter);
  items.resize(fails ? items.size() / 2 : items.size());
  return items;
}

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

// Sorts everything, then computes: what is late is known by the promises alone.
Items reference_of_time(const RandomStep& step, const std::vector<TimedItem>& in, const Progress& progress) {
  Items out;
  const auto parameter = static_cast<std::int64_t>(step.parameter);
  const auto is_over = [&](std::int64_t second) { return progress.ended || at(second) <= progress.watermark; };
  std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t> sums;
  std::map<std::uint32_t, std::vector<ReferenceSession>> sessions;
  for (const TimedItem& timed : in) {
    const Item& item = timed.item;
    if (skips(step) && fails(item, step.parameter)) {
      continue;
    }
    const std::int64_t length = step.kind == Kind::kSliding ? 3 * parameter : parameter;
    switch (step.kind) {
      case Kind::kTumbling:
      case Kind::kSliding:
        for (std::int64_t start = item.second / parameter * parameter; start > item.second - length;
             start -= parameter) {
          if (start + length > timed.promise) {
            sums[{item.key, start}] += item.value;
          }
        }
        break;
      case Kind::kSessions:
        add_to_sessions(sessions[item.key], timed, parameter);
        break;
      case Kind::kTimers:
        sums[{item.key, item.second / 10 * 10 + 20}] = 0;
        break;
      default:  // an interval join
        for (const TimedItem& other : in) {
          const std::int64_t distance = other.item.second - item.second;
          if (left(item) && !left(other.item) && item.key == other.item.key && item.second >= timed.promise &&
              other.item.second >= other.promise && distance >= -parameter && distance <= 2) {
            out.push_back(made_by_time(item.key, item.value + other.item.value));
          }
        }
    }
  }
  for (const auto& [place, sum] : sums) {
    const std::int64_t length = step.kind == Kind::kTimers    ? 0
                                : step.kind == Kind::kSliding ? 3 * parameter
                                                              : parameter;
    if (is_over(place.second + length)) {
      out.push_back(made_by_time(place.first, windowed(place.second, sum)));
    }
  }
  for (const auto& [key, of_key] : sessions) {
    for (const ReferenceSession& each : of_key) {
      if (is_over(each.last + parameter)) {
        out.push_back(made_by_time(key, windowed(each.first, each.sum)));
      }
    }
  }
  return out;
}

Items reference_step(const RandomStep& step, const Items& in, bool ended) {
  Items out;
  std::map<std::uint32_t, std::uint64_t> state;
  for (const Item& item : in) {
    switch (step.kind) {
      case Kind::kMap:
        out.push_back(mapped(item, step.parameter));
        break;
      case Kind::kFlatMap:
        std::ranges::copy(flat_mapped(item, step.parameter), std::back_inserter(out));
        break;
      case Kind::kFilter:
        if (passes(item, step.parameter)) {
          out.push_back(item);
        }
        break;
      case Kind::kRekey:
        out.push_back(rekeyed(item, step.parameter));
        break;
      case Kind::kSkip:
        std::ranges::copy(skipped(item, step.parameter), std::back_inserter(out));
        break;
      case Kind::kCatch:
        if (fails(item, step.parameter)) {
          out.push_back(item);
          break;
        }
        [[fallthrough]];
      case Kind::kRunning:
      case Kind::kBatches: {
        const std::uint64_t fold = state[item.key] = folded(state[item.key], item.value);
        out.push_back({item.key, fold, 0, item.second});
        if (complete(fold)) {
          state.erase(item.key);
        }
        break;
      }
      case Kind::kReduce: {
        const auto [entry, is_new] = state.try_emplace(item.key, item.value);
        entry->second = is_new ? item.value : folded(entry->second, item.value);
        if (complete(entry->second)) {
          out.push_back({item.key, entry->second});
          state.erase(entry);
        }
        break;
      }
      case Kind::kSumAtEnd:
        state[item.key] += item.value;
        break;
      case Kind::kForget:
        out.push_back(mapped(item, mix(item.key)));
        break;
      case Kind::kRedistribute:
        out.push_back(item);
        break;
      case Kind::kBranchMerge:
      case Kind::kDetourMerge:
        out.push_back(left(item) ? mapped(item, step.parameter) : item);
        break;
      case Kind::kTwiceMerge:
        out.push_back(item);
        out.push_back(mapped(item, step.parameter));
        break;
      default:
        break;  // by time: see reference_of_time
    }
  }
  if (step.kind == Kind::kSumAtEnd && ended) {
    for (const auto& [key, sum] : state) {
      out.push_back({key, sum});
    }
  }
  return out;
}

// Small items go in batches; under a text they do not.
auto keyed_by_number(const std::string& id) {
  return op::key_on(id, [](const Item& item) { return item.key; });
}

auto keyed_by_text(const std::string& id) {
  return op::key_on(id, [](const Item& item) { return std::to_string(item.key); });
}

/// Calls each key back at times that follow from its items.
struct CallBack {
  using State = std::uint64_t;
  using Output = Item;
  RandomStep step;

  void on_item(std::uint32_t /*key*/, std::optional<State>& items, Item&& item,
               KeyedEmit<std::uint32_t, Item>& /*emit*/, Timers& timers) const {
    items = items.value_or(0) + 1;
    timers.set_event(at(item.second / 10 * 10 + 20));
    timers.set_event(at(item.second) + std::chrono::milliseconds{1});
    timers.cancel_event(at(item.second) + std::chrono::milliseconds{1});
    if (skips(step)) {
      check(item, step.parameter);
    }
  }
  void on_batch(std::uint32_t key, std::optional<State>& items, Items&& batch, KeyedEmit<std::uint32_t, Item>& emit,
                Timers& timers) const {
    for (Item& item : batch) {
      on_item(key, items, std::move(item), emit, timers);
    }
  }
  void on_timer(std::uint32_t key, std::optional<State>& /*items*/, const Timer& timer,
                KeyedEmit<std::uint32_t, Item>& emit, Timers& /*timers*/) const {
    emit(made_by_time(key, windowed(timer.at.time_since_epoch() / std::chrono::seconds{1}, 0)));
  }
};

template <typename Clock>
auto sum_of_windows(const RandomStep& step, const std::string& id, const Clock& clock) {
  return [step, id, clock](const KeyedStream<std::uint32_t, Item>& up) {
    const auto parameter = std::chrono::seconds{step.parameter};
    const auto fold = [&](auto windows) {
      const auto add = [step](std::uint64_t& sum, const Item& item) {
        sum += item.value;
        if (skips(step)) {
          check(item, step.parameter);
        }
      };
      const auto merge = [](std::uint64_t& sum, std::uint64_t other) { sum += other; };
      const auto folded = op::fold_window(id, windows, [] { return std::uint64_t{0}; }, add, merge);
      return skips(step) ? up | op::skip_errors(folded, copy_before) : up | folded;
    };
    const auto sums = step.kind == Kind::kTumbling  ? fold(TumblingWindows{clock, parameter})
                      : step.kind == Kind::kSliding ? fold(SlidingWindows{clock, 3 * parameter, parameter})
                                                    : fold(SessionWindows{clock, parameter});
    return sums | op::map(id + ".item", [](const std::pair<std::uint32_t, InWindow<std::uint64_t>>& sum) {
             const std::int64_t start = sum.second.window.start.time_since_epoch() / std::chrono::seconds{1};
             return made_by_time(sum.first, windowed(start, sum.second.value));
           });
  };
}

Stream<Item> build_timed_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const EventClock clock{&time_of, std::chrono::seconds{out_of_orderness(step)}};
  const EventTime flowing{&time_of};
  switch (step.kind) {
    case Kind::kTimers: {
      const auto keyed = up | op::event_time(id + ".clock", clock) | keyed_by_number(id + ".key");
      const auto call_back = op::stateful(id, CallBack{step});
      const auto called = skips(step)               ? keyed | op::skip_errors(call_back, copy_before)
                          : step.parameter % 4 == 0 ? keyed | op::stateful_batch(id, CallBack{step})
                                                    : keyed | call_back;
      return called | op::key_rm(id + ".rm");
    }
    case Kind::kIntervalJoin: {
      const auto [ones, others] = up | op::branch(id + ".branch", left);
      return op::interval_join(id, clock, ones | keyed_by_number(id + ".left"), others | keyed_by_number(id + ".right"),
                               -std::chrono::seconds{step.parameter}, std::chrono::seconds{2}) |
             op::map(id + ".item", [](const std::pair<std::uint32_t, std::pair<Item, Item>>& pair) {
               return made_by_time(pair.first, pair.second.first.value + pair.second.second.value);
             });
    }
    default:
      if (clock_is_early(step)) {
        return up | op::event_time(id + ".clock", clock) | op::redistribute(id + ".spread") |
               keyed_by_number(id + ".key") | sum_of_windows(step, id, flowing);
      }
      return up | keyed_by_number(id + ".key") | sum_of_windows(step, id, clock);
  }
}

Stream<Item> build_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto map_here = [&](const std::string& name) {
    return op::map(name, [parameter](Item item) { return mapped(item, parameter); });
  };
  switch (step.kind) {
    case Kind::kMap:
      if (parameter % 3 == 0) {
        return up | op::flat_map_batch(
                        id,
                        [parameter](Items items) {
                          std::ranges::transform(items, items.begin(),
                                                 [&](const Item& item) { return mapped(item, parameter); });
                          return items;
                        },
                        parameter);
      }
      return up | map_here(id);
    case Kind::kFlatMap:
      return up | op::flat_map(id, [parameter](const Item& item) { return flat_mapped(item, parameter); });
    case Kind::kFilter:
      return up | op::filter(id, [parameter](const Item& item) { return passes(item, parameter); });
    case Kind::kRekey:
      return up | op::map(id, [parameter](Item item) { return rekeyed(item, parameter); });
    case Kind::kRunning:
      if (parameter % 2 == 0) {
        return up | keyed_by_number(id + ".key") | op::time_to_live(kLongLife, op::stateful(id, Running{})) |
               op::key_rm(id + ".rm");
      }
      return up | keyed_by_number(id + ".key") | op::stateful(id, Running{}) | op::key_rm(id + ".rm");
    case Kind::kForget:
      return up | keyed_by_number(id + ".key") |
             op::time_to_live(short_life(parameter), op::stateful(id, Remembering{})) | op::key_rm(id + ".rm");
    case Kind::kBatches:
      return up | keyed_by_number(id + ".key") |
             op::stateful_batch(id, RunningBatches{}, parameter % 2 == 0 ? 512 : parameter) | op::key_rm(id + ".rm");
    case Kind::kReduce:
      return up | keyed_by_text(id + ".key") | op::reduce(id, reduce_items, is_complete) | op::key_rm(id + ".rm");
    case Kind::kSumAtEnd:
      if (parameter % 2 == 0) {
        return up | keyed_by_text(id + ".key") | op::stateful(id, SumAtEnd{}) | op::key_rm(id + ".rm");
      }
      return up | keyed_by_number(id + ".key") |
             op::map_value(id + ".value", [](const Item& item) { return item.value; }) | op::sum_final(id).combined() |
             op::map(id + ".item",
                     [](std::pair<std::uint32_t, std::uint64_t> sum) { return Item{sum.first, sum.second, 0}; });
    case Kind::kRedistribute:
      return up | op::redistribute(id);
    case Kind::kBranchMerge: {
      if (parameter % 2 == 0) {
        const auto [mapped_ones, others] = up | op::try_map(id + ".try", [parameter](const Item& item) {
                                             using Tried = std::variant<Item, Item>;
                                             return left(item) ? Tried{std::in_place_index<0>, mapped(item, parameter)}
                                                               : Tried{std::in_place_index<1>, item};
                                           });
        return op::merge(id, mapped_ones, others);
      }
      const auto [taken, other] = up | op::branch(id + ".branch", left);
      return op::merge(id, taken | map_here(id + ".map"), other);
    }
    case Kind::kDetourMerge: {
      const auto [taken, other] = up | op::branch(id + ".branch", left);
      return op::merge(id, taken | op::redistribute(id + ".detour") | map_here(id + ".map"), other);
    }
    case Kind::kTwiceMerge:
      return op::merge(id, up, up | map_here(id + ".map"));
    case Kind::kSkip:
      if (parameter % 2 == 0) {
        return up | op::skip_errors(op::map(id, [parameter](Item item) {
                 check(item, parameter);
                 return mapped(item, parameter);
               }));
      }
      return up | op::skip_errors(op::flat_map(id, [parameter](Item item) { return failing_range(item, parameter); }));
    case Kind::kCatch: {
      const auto [good, bad] = up | keyed_by_number(id + ".key") |
                               op::catch_errors(op::stateful(id, FailingRunning{{}, parameter}), copy_before);
      return op::merge(id + ".all", good | op::key_rm(id + ".rm"),
                       bad | op::map(id + ".item", [](const auto& failed) { return failed.item.second; }));
    }
    default:
      return build_timed_step(step, id, up);
  }
  return up;
}

}  // namespace

RandomDataflow::RandomDataflow(Rng& rng) {
  bool ordered = true;
  bool ends = false;      // a second sum over sums is fine, but nothing random may follow what only the end makes
  bool at_source = true;  // whether a clock still knows from which partition an item comes
  const bool with_time = rng.percent(35);
  bool timed = false;
  for (std::uint64_t count = rng.between(1, 5); count > 0; --count) {
    auto kind = static_cast<Kind>(rng.below(14));
    const std::uint64_t parameter = rng.between(2, 9);
    if (with_time && !timed && at_source && (count == 1 || rng.percent(60))) {
      kind = static_cast<Kind>(static_cast<std::uint64_t>(Kind::kTumbling) + rng.below(5));
      timed = true;
    } else if ((!ordered || ends) && minds_order(kind)) {
      kind = Kind::kSumAtEnd;
    }
    const bool in_batches = kind == Kind::kMap && parameter % 3 == 0;
    at_source = at_source && !in_batches && (kind == Kind::kMap || kind == Kind::kFlatMap || kind == Kind::kFilter);
    ordered = ordered && !loses_order(kind) && !is_timed(kind);
    ends = ends || kind == Kind::kSumAtEnd;
    steps.push_back({kind, parameter});
  }
  partitions.resize(rng.between(1, 8));
  const std::uint64_t keys = rng.between(1, 40);
  const std::uint64_t items = rng.percent(10) && !timed ? rng.between(1'000, 5'000) : rng.between(0, 400);
  const std::uint64_t pace = rng.between(1, 20);
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t key = rng.percent(20) ? 0 : rng.below(keys);
    const std::uint64_t back = rng.percent(30) ? rng.below(13) : 0;
    partitions[key % partitions.size()].push_back(
        {static_cast<std::uint32_t>(key), rng.next(), 0, static_cast<std::int64_t>(100 + i / pace - back)});
  }
}

Stream<Item> RandomDataflow::build(Stream<Item> stream) const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    stream = build_step(steps[i], "step_" + std::to_string(i), stream);
  }
  return stream;
}

std::size_t RandomDataflow::timed_step() const {
  return static_cast<std::size_t>(
      std::ranges::find_if(steps, [](const RandomStep& step) { return is_timed(step.kind); }) - steps.begin());
}

Items RandomDataflow::reference(const Progress& progress) const {
  Items items;
  std::vector<TimedItem> timed_items;
  const std::size_t timed = timed_step();
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    Items read;
    std::ranges::copy(partitions[p] | std::views::take(progress.read[p]), std::back_inserter(read));
    if (timed == steps.size()) {
      items.insert(items.end(), read.begin(), read.end());
      continue;
    }
    for (std::size_t step = 0; step < timed; ++step) {
      read = reference_step(steps[step], read, progress.ended);
    }
    std::array<std::int64_t, 2> promises{kBeforeAll, kBeforeAll};  // each side of a join has its clock
    for (const Item& item : read) {
      std::int64_t& promise = promises[steps[timed].kind == Kind::kIntervalJoin && left(item) ? 1 : 0];
      timed_items.push_back({item, promise});
      promise = std::max(promise, item.second - out_of_orderness(steps[timed]));
    }
  }
  std::size_t next = 0;
  if (timed < steps.size()) {
    items = reference_of_time(steps[timed], timed_items, progress);
    next = timed + 1;
  }
  for (; next < steps.size(); ++next) {
    items = reference_step(steps[next], items, progress.ended);
  }
  std::ranges::sort(items);
  return items;
}

Time RandomDataflow::watermark(const std::vector<std::size_t>& read, const std::vector<bool>& ended) const {
  Time least = Time::max();
  Time latest = Time::min();
  bool all_ended = true;
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    Items items;
    std::ranges::copy(partitions[p] | std::views::take(read[p]), std::back_inserter(items));
    for (std::size_t step = 0; step < timed_step(); ++step) {
      items = reference_step(steps[step], items, false);
    }
    Time promise = Time::min();
    for (const Item& item : items) {
      promise = std::max(promise, at(item.second - out_of_orderness(steps[timed_step()])));
    }
    latest = std::max(latest, promise);
    if (!ended[p]) {
      least = std::min(least, promise);
      all_ended = false;
    }
  }
  return all_ended ? latest : least;
}

std::string RandomDataflow::describe() const {
  static constexpr const char* kNames[] = {
      "map",          "flat_map",     "filter",      "rekey", "running", "batches", "reduce",   "sum_at_end", "redistribute",
      "branch_merge", "detour_merge", "twice_merge", "skip",  "catch",   "forget",  "tumbling", "sliding",    "sessions",
      "timers",       "interval_join"};
  std::string text = std::to_string(partitions.size()) + " partitions";
  for (const RandomStep& step : steps) {
    text += std::string{" | "} + kNames[static_cast<std::size_t>(step.kind)];
  }
  return text;
}

}  // namespace weir::simulation
