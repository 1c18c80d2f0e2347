#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/rng.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

inline std::uint64_t mix(std::uint64_t x) { return Rng{x}.next(); }

inline Item mapped(Item item, std::uint64_t parameter) {
  item.value = mix(item.value + parameter);
  return item;
}

inline Items flat_mapped(const Item& item, std::uint64_t parameter) {
  const std::uint64_t count = item.value % 997 == 0 ? 2'500 : mix(item.value) % parameter;
  Items items;
  for (std::uint64_t i = 0; i < count; ++i) {
    items.push_back({item.key, mix(item.value + i), item.epoch, item.second});
  }
  return items;
}

/// Which of two parts of a stream an item is in.
inline bool left(const Item& item) { return item.value % 2 == 0; }

/// Items at which the steps with an error policy throw.
inline bool fails(const Item& item, std::uint64_t parameter) { return item.value % parameter == 0; }

inline void check(const Item& item, std::uint64_t parameter) {
  if (fails(item, parameter)) {
    throw std::runtime_error{"planned"};
  }
}

/// A fold whose value depends on the order.
inline std::uint64_t folded(std::uint64_t so_far, std::uint64_t next) { return mix(so_far * 3 + next); }

/// The same of several.
inline std::uint64_t folded(std::span<const std::uint64_t> values) {
  std::uint64_t fold = values.size();
  for (const std::uint64_t value : values) {
    fold = folded(fold, value);
  }
  return fold;
}

/// Means are taken of small numbers, which add up to the same in any order.
inline std::uint64_t small(std::uint64_t value) { return value % 1'000; }

inline double mean_of(std::span<const std::uint64_t> values) {
  std::uint64_t sum = 0;
  for (const std::uint64_t value : values) {
    sum += small(value);
  }
  return static_cast<double>(sum) / static_cast<double>(values.size());
}

/// Whether a step that folds is done with this one.
inline bool complete(std::uint64_t fold) { return fold % 5 == 0; }

/// The epoch in which a step emits what it makes of these as soon as it has them all: that of the last of them. Not
/// known if one of them is of no epoch.
inline std::uint64_t latest_epoch(std::span<const Item> items) {
  std::uint64_t latest = 0;
  for (const Item& item : items) {
    if (item.epoch == 0) {
      return 0;
    }
    latest = std::max(latest, item.epoch);
  }
  return latest;
}

/// An item made of several, in their order.
inline Item gathered(std::uint32_t key, std::span<const Item> items) {
  std::vector<std::uint64_t> values;
  std::ranges::transform(items, std::back_inserter(values), &Item::value);
  return {key, folded(values), latest_epoch(items)};
}

/// What the end of the input makes, or time, belongs to no epoch of an item.
inline Item of_no_epoch(Item item) {
  item.epoch = 0;
  return item;
}

/// Small items go in batches; under a text they do not.
inline auto keyed_by_number(const std::string& id) {
  return op::key_on(id, [](const Item& item) { return item.key; });
}

inline auto keyed_by_text(const std::string& id) {
  return op::key_on(id, [](const Item& item) { return std::to_string(item.key); });
}

}  // namespace weir::simulation
