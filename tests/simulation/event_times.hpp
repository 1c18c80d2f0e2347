#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "simulation/item_functions.hpp"
#include "simulation/timed_steps.hpp"

namespace weir::simulation {

inline Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }

inline std::chrono::sys_seconds time_of(const Item& item) {
  return std::chrono::sys_seconds{std::chrono::seconds{item.second}};
}

/// What is made by time belongs to no epoch of an item.
inline Item made_by_time(std::uint32_t key, std::uint64_t value) { return {key, value, 0, 0}; }

inline std::int64_t second_of(Time time) { return time.time_since_epoch() / std::chrono::seconds{1}; }

/// The last one that a partition has passed: what is at it may still come.
inline bool passed(const TimeReached& reached, std::int64_t second) {
  return reached.ended || at(second) < reached.watermark;
}

inline bool over(const TimeReached& reached, std::int64_t end) { return reached.ended || at(end) <= reached.watermark; }

/// The starts of the windows that still take an item.
inline std::vector<std::int64_t> windows_of(const TimedItem& timed, std::int64_t length, std::int64_t every) {
  std::vector<std::int64_t> starts;
  const std::int64_t second = timed.item.second;
  for (std::int64_t start = second / every * every; start > second - length; start -= every) {
    if (start + length > timed.promise) {
      starts.push_back(start);
    }
  }
  return starts;
}

/// In the order of their times, those of one time in the order in which they came.
inline std::map<std::uint32_t, Items> on_time_by_key(const std::vector<TimedItem>& in) {
  std::map<std::uint32_t, Items> by_key;
  for (const auto& [item, promise] : in) {
    if (item.second >= promise) {
      Items& items = by_key[item.key];
      items.insert(std::ranges::upper_bound(items, item.second, {}, &Item::second), item);
    }
  }
  return by_key;
}

/// Late items are marked, and merged with the others.
inline Item late_one(Item item) { return mapped(item, 99); }

inline Items reference_of_late(const std::vector<TimedItem>& in) {
  Items out;
  for (const auto& [item, promise] : in) {
    if (item.second < promise) {
      out.push_back(late_one(item));
    }
  }
  return out;
}

}  // namespace weir::simulation
