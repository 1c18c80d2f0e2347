#include <algorithm>
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
    default:
      return up | op::redistribute(id);
  }
}

}  // namespace weir::simulation
