#include "simulation/random_dataflow.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
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
    items.push_back({item.key, mix(item.value + i), item.epoch});
  }
  return items;
}

bool passes(const Item& item, std::uint64_t parameter) { return item.value % parameter != 0; }

Item rekeyed(Item item, std::uint64_t parameter) {
  item.key = static_cast<std::uint32_t>(item.value % parameter);
  return item;
}

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

bool minds_order(Kind kind) { return kind == Kind::kRunning || kind == Kind::kReduce; }

bool loses_order(Kind kind) {
  return kind == Kind::kRekey || kind == Kind::kRedistribute || kind == Kind::kBranchMerge ||
         kind == Kind::kDetourMerge || kind == Kind::kTwiceMerge;
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
      case Kind::kRunning: {
        const std::uint64_t fold = state[item.key] = folded(state[item.key], item.value);
        out.push_back({item.key, fold});
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
      return up | keyed_by_number(id + ".key") | op::stateful(id, Running{}) | op::key_rm(id + ".rm");
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
  }
  return up;
}

}  // namespace

RandomDataflow::RandomDataflow(Rng& rng) {
  bool ordered = true;
  bool ends = false;  // a second sum over sums is fine, but nothing random may follow what only the end makes
  for (std::uint64_t count = rng.between(1, 5); count > 0; --count) {
    auto kind = static_cast<Kind>(rng.below(11));
    if ((!ordered && minds_order(kind)) || (ends && minds_order(kind))) {
      kind = Kind::kSumAtEnd;
    }
    ordered = ordered && !loses_order(kind);
    ends = ends || kind == Kind::kSumAtEnd;
    steps.push_back({kind, rng.between(2, 9)});
  }
  partitions.resize(rng.between(1, 8));
  const std::uint64_t keys = rng.between(1, 40);
  const std::uint64_t items = rng.percent(10) ? rng.between(1'000, 5'000) : rng.between(0, 400);
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t key = rng.percent(20) ? 0 : rng.below(keys);
    partitions[key % partitions.size()].push_back({static_cast<std::uint32_t>(key), rng.next()});
  }
}

Stream<Item> RandomDataflow::build(Stream<Item> stream) const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    stream = build_step(steps[i], "step_" + std::to_string(i), stream);
  }
  return stream;
}

Items RandomDataflow::reference(const std::vector<std::size_t>& read, bool ended) const {
  Items items;
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    std::ranges::copy(partitions[p] | std::views::take(read[p]), std::back_inserter(items));
  }
  for (const RandomStep& step : steps) {
    items = reference_step(step, items, ended);
  }
  std::ranges::sort(items);
  return items;
}

std::string RandomDataflow::describe() const {
  static constexpr const char* kNames[] = {"map",          "flat_map",     "filter",     "rekey",
                                           "running",      "reduce",       "sum_at_end", "redistribute",
                                           "branch_merge", "detour_merge", "twice_merge"};
  std::string text = std::to_string(partitions.size()) + " partitions";
  for (const RandomStep& step : steps) {
    text += std::string{" | "} + kNames[static_cast<std::size_t>(step.kind)];
  }
  return text;
}

}  // namespace weir::simulation
