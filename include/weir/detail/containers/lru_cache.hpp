#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/key.hpp"
#include "weir/time.hpp"

namespace weir::detail::containers {

/// A cache of values by key, each for a limited time, that keeps the most recently used keys.
template <typename K, typename V>
class LruCache {
 public:
  LruCache(std::size_t max_entries, std::chrono::nanoseconds time_to_live, std::uint64_t seed)
      : max_entries_{max_entries}, time_to_live_{time_to_live}, places_{0, SeededKeyHash<K>{seed}} {}

  /// Null if there is none, or if it is too old. Valid until `drop_oldest`.
  [[nodiscard]] const V* find(const K& key, Time now) {
    const auto place = places_.find(key);
    if (place == places_.end() || now - place->second->since > time_to_live_) {
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, place->second);
    return &entries_.front().value;
  }

  /// Valid until `drop_oldest`. Replaces a value that was too old.
  const V& put(const K& key, Time now, V value) {
    entries_.push_front({key, now, std::move(value)});
    if (const auto [place, is_new] = places_.try_emplace(key, entries_.begin()); !is_new) {
      entries_.erase(place->second);
      place->second = entries_.begin();
    }
    return entries_.front().value;
  }

  /// Drops the least recently used entries above the limit.
  void drop_oldest() {
    while (entries_.size() > max_entries_) {
      places_.erase(entries_.back().key);
      entries_.pop_back();
    }
  }

 private:
  struct Entry {
    K key;
    Time since;
    V value;
  };
  using Entries = std::list<Entry>;  // the most recently used key comes first

  std::size_t max_entries_;
  std::chrono::nanoseconds time_to_live_;
  Entries entries_;
  boost::unordered_flat_map<K, typename Entries::iterator, SeededKeyHash<K>> places_;
};

}  // namespace weir::detail::containers
