#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "simulation/item_functions.hpp"
#include "simulation/random_step.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;

bool passes(const Item& item, std::uint64_t parameter) { return item.value % parameter != 0; }

Item rekeyed(Item item, std::uint64_t parameter) {
  item.key = static_cast<std::uint32_t>(item.value % parameter);
  return item;
}

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

// What passes a step that throws at some items and skips these.
Items skipped(const Item& item, std::uint64_t parameter) {
  if (parameter % 2 == 0) {
    return fails(item, parameter) ? Items{} : Items{mapped(item, parameter)};
  }
  Items items = flat_mapped(item, parameter);
  items.resize(fails(item, parameter) ? items.size() / 2 : items.size());
  return items;
}

Items made_of(const RandomStep& step, const Item& item) {
  switch (step.kind) {
    case Kind::kMap:
      return {mapped(item, step.parameter)};
    case Kind::kFlatMap:
      return flat_mapped(item, step.parameter);
    case Kind::kFilter:
      return passes(item, step.parameter) ? Items{item} : Items{};
    case Kind::kRekey:
      return {rekeyed(item, step.parameter)};
    case Kind::kBranchMerge:
    case Kind::kDetourMerge:
      return {left(item) ? mapped(item, step.parameter) : item};
    case Kind::kTwiceMerge:
      return {item, mapped(item, step.parameter)};
    case Kind::kSkip:
      return skipped(item, step.parameter);
    default:
      return {item};
  }
}

// One of several operators that do the same; which depends on the parameter.

Stream<Item> build_map(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  switch (parameter % 3) {
    case 0:
      return up | op::flat_map_batch(
                      id,
                      [parameter](Items items) {
                        std::ranges::transform(items, items.begin(),
                                               [&](const Item& item) { return mapped(item, parameter); });
                        return items;
                      },
                      parameter);
    case 1:
      return up | op::enrich_cached(
                      id, [parameter](std::uint32_t /*key*/) { return parameter; },
                      [](const Item& item, auto& salt) { return mapped(item, salt(item.key)); },
                      std::chrono::microseconds{parameter}, parameter);
    default:
      return up | op::map(id, [parameter](Item item) { return mapped(item, parameter); });
  }
}

Stream<Item> build_flat_map(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto items_of = [parameter](const Item& item) { return flat_mapped(item, parameter); };
  switch (parameter % 3) {
    case 0:
      return up | op::map(id + ".items", items_of) | op::flatten(id);
    case 1:
      return up | keyed_by_number(id + ".key") | op::flat_map_value(id, items_of) | op::key_rm(id + ".rm");
    default:
      return up | op::flat_map(id, items_of);
  }
}

Stream<Item> build_filter(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto accept = [parameter](const Item& item) { return passes(item, parameter); };
  switch (parameter % 3) {
    case 0:
      return up | op::filter_map(
                      id, [accept](const Item& item) { return accept(item) ? std::optional{item} : std::nullopt; });
    case 1:
      return up | keyed_by_number(id + ".key") | op::filter_value(id, accept) | op::key_rm(id + ".rm");
    default: {
      const Stream<Item> accepted =
          up | op::filter(id, accept) | op::inspect(id + ".look", [](const Item& /*item*/) {});
      accepted | op::filter(id + ".others", std::not_fn(accept)) |
          op::raises(id + ".none", [](const Item& item) { return std::to_string(item.value); });
      return accepted;
    }
  }
}

Stream<Item> build_rekey(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  if (parameter % 2 == 0) {
    return up | keyed_by_text(id + ".key") |
           op::filter_map_value(id, [parameter](const Item& item) { return std::optional{rekeyed(item, parameter)}; }) |
           op::key_rm(id + ".rm");
  }
  return up | op::map(id, [parameter](Item item) { return rekeyed(item, parameter); });
}

Stream<Item> build_branch_merge(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto map_left = [parameter](const Item& item) { return mapped(item, parameter); };
  switch (parameter % 3) {
    case 0: {
      using Tried = std::variant<Item, Item>;
      const auto [mapped_ones, others] =
          up | op::try_map(id + ".try", [map_left](const Item& item) {
            return left(item) ? Tried{std::in_place_index<0>, map_left(item)} : Tried{std::in_place_index<1>, item};
          });
      return op::merge(id, mapped_ones, others);
    }
    case 1: {
      const auto [taken, some, rest] =
          up | op::split(id + ".split", left, [](const Item& item) { return item.value % 3 == 0; });
      return op::merge(id, taken | op::map(id + ".map", map_left), some, rest);
    }
    default: {
      const auto [taken, other] = up | op::branch(id + ".branch", left);
      return op::merge(id, taken | op::map(id + ".map", map_left), other);
    }
  }
}

Stream<Item> build_redistribute(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  if (step.parameter % 2 == 0) {
    return up | op::redistribute(id);
  }
  // Every worker has all items then, and keeps some.
  return up | op::broadcast(id) | op::filter(id + ".some", per_worker([](WorkerContext worker) {
                                               return [worker](const Item& item) {
                                                 return item.value % worker.count.value == worker.index.value;
                                               };
                                             }));
}

}  // namespace

Items reference_of_plain_step(const RandomStep& step, const Items& in) {
  Items out;
  for (const Item& item : in) {
    std::ranges::copy(made_of(step, item), std::back_inserter(out));
  }
  return out;
}

Stream<Item> build_plain_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto map_here = [&](const std::string& name) {
    return op::map(name, [parameter](Item item) { return mapped(item, parameter); });
  };
  switch (step.kind) {
    case Kind::kMap:
      return build_map(step, id, up);
    case Kind::kFlatMap:
      return build_flat_map(step, id, up);
    case Kind::kFilter:
      return build_filter(step, id, up);
    case Kind::kRekey:
      return build_rekey(step, id, up);
    case Kind::kBranchMerge:
      return build_branch_merge(step, id, up);
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
    default:
      return build_redistribute(step, id, up);
  }
}

}  // namespace weir::simulation
