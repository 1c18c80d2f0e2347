#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/cache_line.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/key.hpp"

namespace weir::detail::containers {

/// A table of keys, like `boost::unordered_flat_map`, whose entries have slots. Entries do not move, and a slot finds
/// its entry without the key. The index by key is small, so that more of it fits the processor's cache. The hot part of
/// an entry is small too: it begins with its slot and its value.
///
/// A key without a value stays in the table for a while, since most keys come again.
/// @tparam Value  knows whether it is present; `Value{}` is not
template <typename K, typename Value>
class SlottedTable {
 public:
  // NOLINTBEGIN(readability-identifier-naming): as the standard's tables have it
  // Large ones begin with a line of the cache.
  struct alignas(K) alignas(Value) alignas(sizeof(Value) > kCacheLine / 2 ? kCacheLine : alignof(Slot)) value_type {
    Slot slot = 0;
    bool departed = false;  ///< in the list of entries that lost their values, even if it has a new one
    Value second{};
    K first{};
  };
  using iterator = value_type*;
  // NOLINTEND(readability-identifier-naming)

  SlottedTable(std::size_t keys, SeededKeyHash<K> hash) : index_{keys, hash} {}

  [[nodiscard]] static iterator end() noexcept { return nullptr; }
  /// How many keys have a value.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// How many keys it can have before entries move.
  [[nodiscard]] static std::size_t max_load() noexcept { return std::numeric_limits<std::size_t>::max(); }

  /// The entry of a key, which may be without a value.
  [[nodiscard]] iterator find(const K& key) const {
    const auto found = index_.find(key);
    return found != index_.end() ? found->second : nullptr;
  }

  /// An entry for a key. A caller that gives it a value calls `note_value`; one that does not calls `erase`.
  std::pair<iterator, bool> try_emplace(K key) {
    if (free_.empty()) {
      add_page();
    }
    const auto [place, is_new] = index_.try_emplace(key, free_.back());
    if (is_new) {
      free_.pop_back();
      place->second->first = std::move(key);
    }
    return {place->second, is_new};
  }

  /// An entry without a value has got one.
  void note_value() noexcept { ++size_; }

  /// An entry lost its value, or got none. The table keeps its key until `forget_departed` reaches it.
  /// @param noted  whether `note_value` was called for its value
  void erase(iterator entry, bool noted) {
    if (!entry->departed) {
      departed_.push_back(entry->slot);
      entry->departed = true;
    }
    entry->second = Value{};
    size_ -= noted ? 1 : 0;
  }

  /// Frees the slots of the keys that departed first, if many have: some in each call. Call it after every few
  /// `erase`s, when no caller holds an entry that it looked up.
  void forget_departed() {
    if (departed_.size() > std::max(kFewDeparted, size_ / 2)) [[unlikely]] {
      forget_some();
    }
  }

  /// The number of slots, used or free.
  [[nodiscard]] std::size_t slots() const noexcept { return pages_.size() * kPage; }

  /// Null if no key with a value has the slot.
  [[nodiscard]] iterator at(Slot slot) const noexcept {
    value_type& there = entry(slot);
    return there.second ? &there : nullptr;
  }
  /// The entry of a slot, used or free.
  [[nodiscard]] value_type& entry(Slot slot) const noexcept { return (*pages_[slot / kPage])[slot % kPage]; }
  /// The entry with the least slot from this one on.
  [[nodiscard]] iterator next(Slot slot) const noexcept {
    for (; slot < pages_.size() * kPage; ++slot) {
      if (value_type* const there = at(slot)) {
        return there;
      }
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kPage = 64;
  static constexpr std::size_t kFewDeparted = 64;
  static constexpr std::size_t kForgetAtOnce = 64;  // twice the number of keys looked up at once
  using Page = std::array<value_type, kPage>;

  void add_page() {
    const auto first = static_cast<Slot>(pages_.size() * kPage);
    Page& page = *pages_.emplace_back(std::make_unique<Page>());
    for (Slot i = kPage; i-- > 0;) {
      page[i].slot = first + i;
      free_.push_back(&page[i]);
    }
  }

  [[gnu::noinline]] void forget_some() {
    for (std::size_t count = std::min(kForgetAtOnce, departed_.size()); count > 0; --count) {
      value_type& there = entry(departed_.front());
      departed_.pop_front();
      there.departed = false;
      if (!there.second) {
        index_.erase(there.first);
        there.first = K{};
        free_.push_back(&there);
      }
    }
  }

  boost::unordered_flat_map<K, iterator, SeededKeyHash<K>> index_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<iterator> free_;
  std::deque<Slot> departed_;
  std::size_t size_ = 0;
};

}  // namespace weir::detail::containers
