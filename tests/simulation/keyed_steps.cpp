#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "simulation/final_step.hpp"
#include "simulation/item_functions.hpp"
#include "simulation/random_step.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;
using Key = std::uint32_t;

/// Emits a running fold whose value depends on the order of a key's items; forgets the key now and then.
struct Running {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(Key key, std::optional<State>& fold, Item&& item, KeyedEmit<Key, Item>& emit) {
    fold = folded(fold.value_or(0), item.value);
    emit({key, *fold, item.epoch});
    if (complete(*fold)) {
      fold.reset();
    }
  }
};

/// The same for what comes together; where it is cut does not matter.
struct RunningBatches : Running {
  void on_batch(Key key, std::optional<State>& fold, Items&& items, KeyedEmit<Key, Item>& emit) {
    for (Item& item : items) {
      on_item(key, fold, std::move(item), emit);
    }
  }
};

/// What is kept for a key follows from the key, so that it may be dropped at any time.
struct Remembering {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(Key key, std::optional<State>& state, Item&& item, KeyedEmit<Key, Item>& emit) const {
    state = state.value_or(mix(key));
    emit(mapped(item, *state));
  }
};

// From less than a worker's step to thousands of them.
std::chrono::nanoseconds short_life(const RandomStep& step) {
  return std::chrono::microseconds{1ULL << 2 * step.parameter};
}

// No run takes so long.
constexpr std::chrono::hours kLongLife{24 * 365 * 30};

/// The same as Running, but for items at which it throws, behind having changed the fold and emitted.
struct FailingRunning : Running {
  std::uint64_t parameter;
  void on_item(Key key, std::optional<State>& fold, Item&& item, KeyedEmit<Key, Item>& emit) {
    const Item copy = item;
    Running::on_item(key, fold, std::move(item), emit);
    check(copy, parameter);
  }
};

struct FoldAtEnd {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(Key /*key*/, std::optional<State>& fold, Item&& item, KeyedEmit<Key, Item>& /*emit*/) {
    fold = folded(fold.value_or(0), item.value);
  }
  void on_end(Key key, std::optional<State>& fold, KeyedEmit<Key, Item>& emit) {
    emit({key, *fold, 0});
    fold.reset();
  }
};

// Reduces value and completeness alone, and keeps the epoch of the latest item.
void reduce_items(Item& so_far, Item&& next) {
  so_far.value = folded(so_far.value, next.value);
  so_far.epoch = next.epoch;
}

bool is_complete(const Item& item) { return complete(item.value); }

/// What `top_n` goes by: many are equal.
std::uint64_t rank(const Item& item) { return item.value % 50; }

std::size_t how_many(const RandomStep& step) { return step.parameter % 4 + 1; }

/// What `distinct` and `deduplicate` compare.
std::uint64_t kind_of(const Item& item, std::uint64_t parameter) { return item.value % (parameter * 3); }

Keep keep_of(const RandomStep& step) { return step.parameter % 2 == 0 ? Keep::kFirst : Keep::kLast; }

// Which items come together depends on the clock, if it says so at all.
bool collects_by_number(const RandomStep& step) { return step.parameter % 2 == 0; }

CountWindows windows_of(const RandomStep& step) {
  const std::uint64_t length = step.parameter;
  return {length, length % 3 == 0 ? 0 : length % 3 == 1 ? length / 2 + 1 : length + 2};
}

struct TriggerOf {
  std::uint64_t parameter;
  Trigger operator()(const Item& item, std::uint64_t count) const {
    return item.value % 4 == 0 ? Trigger::kEmitAndClear : count % parameter == 0 ? Trigger::kEmit : Trigger::kWait;
  }
};

Items reference_of_top_n(std::size_t n, Key key, const Items& in) {
  Items out;
  Items greatest;
  for (const Item& item : in) {
    const auto place = std::ranges::find_if(greatest, [&](const Item& each) { return rank(each) < rank(item); });
    if (place == greatest.end() && greatest.size() == n) {
      continue;
    }
    greatest.insert(place, item);
    greatest.resize(std::min(greatest.size(), n));
    out.push_back(gathered(key, greatest));
  }
  return out;
}

Items reference_of_deduplicate(const RandomStep& step, const Items& in, bool ended) {
  std::map<std::uint64_t, Item> of_kind;
  for (const Item& item : in) {
    if (step.kind == Kind::kDistinct || keep_of(step) == Keep::kFirst) {
      of_kind.try_emplace(kind_of(item, step.parameter), item);
    } else if (ended) {
      of_kind.insert_or_assign(kind_of(item, step.parameter), item);
    }
  }
  Items out;
  std::ranges::copy(of_kind | std::views::values, std::back_inserter(out));
  // Those that came first pass in their order.
  std::ranges::sort(out, {}, [&](const Item& item) { return std::ranges::find(in, item) - in.begin(); });
  return out;
}

Items reference_of_count_windows(CountWindows windows, Key key, const Items& in, bool ended) {
  Items out;
  const std::size_t every = windows.every == 0 ? windows.length : windows.every;
  const std::size_t skipped = every - std::min<std::size_t>(windows.length, every);
  for (std::size_t first = skipped; first < in.size(); first += every) {
    const std::size_t count = std::min<std::size_t>(windows.length, in.size() - first);
    if (count == windows.length || ended) {
      out.push_back(gathered(key, std::span{in}.subspan(first, count)));
    }
  }
  return out;
}

Items reference_of_global_windows(TriggerOf trigger, Key key, const Items& in, bool ended) {
  Items out;
  Items window;
  Trigger wanted{};
  for (const Item& item : in) {
    window.push_back(item);
    wanted = trigger(item, window.size());
    if (wanted != Trigger::kWait) {
      out.push_back(gathered(key, window));
    }
    if (wanted == Trigger::kEmitAndClear) {
      window.clear();
    }
  }
  if (ended && wanted == Trigger::kWait) {
    out.push_back(gathered(key, window));
  }
  return out;
}

Items reference_of_folds(const RandomStep& step, const Items& in) {
  Items out;
  std::uint64_t fold = 0;
  bool is_first = true;
  for (const Item& item : in) {
    if (step.kind == Kind::kCatch && fails(item, step.parameter)) {
      out.push_back(item);
      continue;
    }
    fold = step.kind == Kind::kReduce && is_first ? item.value : folded(fold, item.value);
    is_first = step.kind != Kind::kScan && complete(fold);
    if (step.kind != Kind::kReduce || is_first) {
      out.push_back({item.key, fold});
    }
    if (is_first) {
      fold = 0;
    }
  }
  return out;
}

Items reference_of_forget(Key key, const Items& in) {
  Items out;
  for (const Item& item : in) {
    out.push_back(mapped(item, mix(key)));
  }
  return out;
}

Items reference_of_fold_at_end(Key key, const Items& in) {
  std::uint64_t fold = 0;
  for (const Item& item : in) {
    fold = folded(fold, item.value);
  }
  return {{key, fold}};
}

Items reference_of_key(const RandomStep& step, Key key, const Items& in, bool ended) {
  switch (step.kind) {
    case Kind::kTopN:
      return reference_of_top_n(how_many(step), key, in);
    case Kind::kDistinct:
    case Kind::kDeduplicate:
      return reference_of_deduplicate(step, in, ended);
    case Kind::kForget:
      return reference_of_forget(key, in);
    case Kind::kCollect:
      if (collects_by_number(step)) {
        return reference_of_count_windows({step.parameter}, key, in, ended);
      }
      return ended ? reference_of_fold_at_end(key, in) : Items{};
    case Kind::kAtEnd:
      return ended ? reference_of_final_step(step, key, in) : Items{};
    case Kind::kCountWindows:
      return reference_of_count_windows(windows_of(step), key, in, ended);
    case Kind::kGlobalWindows:
      return reference_of_global_windows({step.parameter}, key, in, ended);
    default:
      return reference_of_folds(step, in);
  }
}

Stream<Item> build_windows(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const auto gather = [&](auto windows, auto was_asked_for) {
    return up | keyed_by_number(id + ".key") | op::collect_window(id, windows) |
           op::map(id + ".item", [was_asked_for](const std::pair<Key, InWindow<Items>>& window) {
             const Items& items = window.second.value;
             return was_asked_for(items) ? gathered(window.first, items) : of_no_epoch(gathered(window.first, items));
           });
  };
  if (step.kind == Kind::kCountWindows) {
    const CountWindows windows = windows_of(step);
    return gather(windows, [windows](const Items& items) { return items.size() == windows.length; });
  }
  const TriggerOf trigger{step.parameter};
  return gather(GlobalWindows{trigger},
                [trigger](const Items& items) { return trigger(items.back(), items.size()) != Trigger::kWait; });
}

Stream<Item> build_collect(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  using namespace std::chrono_literals;
  const auto keyed = up | keyed_by_number(id + ".key");
  if (collects_by_number(step)) {
    const std::uint64_t most = step.parameter;
    return keyed | op::collect(id, most, kLongLife) |
           op::map(id + ".item", [most](const std::pair<Key, Items>& values) {
             const Item item = gathered(values.first, values.second);
             return values.second.size() == most ? item : of_no_epoch(item);
           });
  }
  // Which come together is not defined; how they follow on each other is.
  return keyed | op::collect(id, step.parameter, 1ms) |
         op::flat_map_value(id + ".single", [](Items items) { return items; }) |
         op::stateful(id + ".fold", FoldAtEnd{}) | op::key_rm(id + ".rm");
}

Stream<Item> build_running(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const auto keyed = up | keyed_by_number(id + ".key");
  const auto run_on = [](std::optional<std::uint64_t>& fold, const Item& item) {
    const std::uint64_t next = folded(fold.value_or(0), item.value);
    fold = complete(next) ? std::nullopt : std::optional{next};
    return Item{item.key, next, item.epoch};
  };
  if (step.parameter % 3 == 0) {
    return keyed |
           op::stateful_flat_map(id, [run_on](std::optional<std::uint64_t>& fold,
                                              const Item& item) { return Items{run_on(fold, item)}; }) |
           op::key_rm(id + ".rm");
  }
  if (step.parameter % 3 == 1) {
    return keyed | op::stateful_map(id, run_on) | op::key_rm(id + ".rm");
  }
  const auto running = op::stateful(id, Running{});
  return (step.parameter % 2 == 0 ? keyed | op::time_to_live(kLongLife, running) : keyed | running) |
         op::key_rm(id + ".rm");
}

Stream<Item> build_reduce(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const auto keyed = up | keyed_by_text(id + ".key");
  if (step.parameter % 2 == 0) {
    return keyed | op::reduce(id, reduce_items, is_complete) | op::key_rm(id + ".rm");
  }
  return keyed |
         op::fold(
             id, [] { return std::optional<Item>{}; },
             [](std::optional<Item>& so_far, Item&& next) {
               so_far ? reduce_items(*so_far, std::move(next)) : static_cast<void>(so_far.emplace(next));
             },
             [](const std::optional<Item>& so_far) { return is_complete(*so_far); }) |
         op::map(id + ".item", [](const std::pair<std::string, std::optional<Item>>& fold) { return *fold.second; });
}

Stream<Item> build_deduplicate(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto once =
      up |
      op::deduplicate(
          id, [parameter](const Item& item) { return std::pair{item.key, kind_of(item, parameter)}; }, keep_of(step));
  return keep_of(step) == Keep::kFirst ? once : once | op::map(id + ".at_end", of_no_epoch);
}

}  // namespace

Items reference_of_keyed_step(const RandomStep& step, const Items& in, bool ended) {
  std::map<Key, Items> by_key;
  for (const Item& item : in) {
    by_key[item.key].push_back(item);
  }
  Items out;
  for (const auto& [key, items] : by_key) {
    std::ranges::copy(reference_of_key(step, key, items, ended), std::back_inserter(out));
  }
  return out;
}

Stream<Item> build_keyed_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  switch (step.kind) {
    case Kind::kRunning:
      return build_running(step, id, up);
    case Kind::kBatches:
      return up | keyed_by_number(id + ".key") |
             op::stateful_batch(id, RunningBatches{}, parameter % 2 == 0 ? 512 : parameter) | op::key_rm(id + ".rm");
    case Kind::kForget:
      return up | keyed_by_number(id + ".key") | op::time_to_live(short_life(step), op::stateful(id, Remembering{})) |
             op::key_rm(id + ".rm");
    case Kind::kReduce:
      return build_reduce(step, id, up);
    case Kind::kAtEnd:
      return build_final_step(step, id, up);
    case Kind::kCatch: {
      const auto [good, bad] = up | keyed_by_number(id + ".key") |
                               op::catch_errors(op::stateful(id, FailingRunning{{}, parameter}), copy_before);
      return op::merge(id + ".all", good | op::key_rm(id + ".rm"),
                       bad | op::map(id + ".item", [](const auto& failed) { return failed.item.second; }));
    }
    case Kind::kScan:
      return up | keyed_by_text(id + ".key") |
             op::scan(
                 id, [] { return Item{}; },
                 [](Item& so_far, Item&& next) { so_far = {next.key, folded(so_far.value, next.value), next.epoch}; }) |
             op::key_rm(id + ".rm");
    case Kind::kTopN:
      return up | keyed_by_number(id + ".key") | op::top_n(id, how_many(step), rank) |
             op::map(id + ".item",
                     [](const std::pair<Key, Items>& greatest) { return gathered(greatest.first, greatest.second); });
    case Kind::kDistinct:
      return up | keyed_by_number(id + ".key") |
             op::distinct(id, [parameter](const Item& item) { return kind_of(item, parameter); }) |
             op::key_rm(id + ".rm");
    case Kind::kDeduplicate:
      return build_deduplicate(step, id, up);
    case Kind::kCollect:
      return build_collect(step, id, up);
    default:
      return build_windows(step, id, up);
  }
}

}  // namespace weir::simulation
