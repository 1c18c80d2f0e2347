#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/slot.hpp"
#include "weir/key.hpp"

namespace weir::detail {

/// A table of keys, like `boost::unordered_flat_map`, whose entries have slots: they stay where they are, and are found
/// by their slots without a look at the key. What is looked up by key is small, so that more of it fits the processor's
/// cache.
template <typename K, typename Value>
class SlottedTable {
  static constexpr std::size_t kLine = 64;  // of the cache: large entries begin with one

 public:
  // NOLINTBEGIN(readability-identifier-naming): as the standard's tables have it
  struct alignas(K) alignas(Value) alignas(sizeof(Value) > kLine / 2 ? kLine : alignof(Slot)) value_type {
    K first{};
    Slot slot = 0;
    bool used = false;
    Value second{};
  };
  using iterator = value_type*;
  // NOLINTEND(readability-identifier-naming)

  SlottedTable(std::size_t keys, SeededKeyHash<K> hash) : index_{keys, hash} {}

  [[nodiscard]] static iterator end() noexcept { return nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  /// How many it can have before entries move.
  [[nodiscard]] static std::size_t max_load() noexcept { return std::numeric_limits<std::size_t>::max(); }

  [[nodiscard]] iterator find(const K& key) const {
    const auto found = index_.find(key);
    return found != index_.end() ? found->second : nullptr;
  }
  [[nodiscard]] bool contains(const K& key) const { return index_.contains(key); }

  std::pair<iterator, bool> try_emplace(K key) {
    if (free_.empty()) {
      add_page();
    }
    const auto [place, is_new] = index_.try_emplace(key, free_.back());
    if (is_new) {
      free_.pop_back();
      place->second->first = std::move(key);
      place->second->used = true;
    }
    return {place->second, is_new};
  }

  void erase(iterator entry) {
    index_.erase(entry->first);
    entry->first = K{};
    entry->second = Value{};
    entry->used = false;
    free_.push_back(entry);
  }

  /// Null if nobody has the slot now.
  [[nodiscard]] iterator at(Slot slot) const noexcept {
    value_type& there = entry(slot);
    return there.used ? &there : nullptr;
  }
  /// Whether anybody has it or not.
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
  using Page = std::array<value_type, kPage>;

  void add_page() {
    const auto first = static_cast<Slot>(pages_.size() * kPage);
    Page& page = *pages_.emplace_back(std::make_unique<Page>());
    for (Slot i = kPage; i-- > 0;) {
      page[i].slot = first + i;
      free_.push_back(&page[i]);
    }
  }

  boost::unordered_flat_map<K, iterator, SeededKeyHash<K>> index_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<iterator> free_;
};

}  // namespace weir::detail
