#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/cache_line.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/containers/slotted_table.hpp"
#include "weir/detail/snapshot/changed_keys.hpp"
#include "weir/key.hpp"

namespace weir::detail::keyed {

/// A key's state and marks, and its slot if that makes an entry no larger.
template <typename StateHolder>
struct HeldState {
  [[no_unique_address]] StateHolder state;
  [[no_unique_address]] snapshot::KeptMarks marks{};
};
template <typename StateHolder>
struct HeldStateWithSlot {
  [[no_unique_address]] StateHolder state;
  [[no_unique_address]] snapshot::KeptMarks marks{};
  containers::Slot slot = containers::kNoSlot;
};

/// The states of a worker's keys in a hash table, for steps without alarms. An entry is found by its key alone, and may
/// move when another is added. `SlottedStates` has the same interface.
template <typename K, typename StateHolder>
class FlatStates {
  static constexpr bool kSlotInEntry =
      sizeof(std::pair<K, HeldStateWithSlot<StateHolder>>) == sizeof(std::pair<K, HeldState<StateHolder>>);
  using Held = std::conditional_t<kSlotInEntry, HeldStateWithSlot<StateHolder>, HeldState<StateHolder>>;
  using Table = boost::unordered_flat_map<K, Held, SeededKeyHash<K>>;

 public:
  using Entry = typename Table::iterator;
  static constexpr std::size_t kEntryBytes = sizeof(typename Table::value_type);

  /// Whether to add or erase an entry may move others.
  static constexpr bool kEntriesMove = true;

  explicit FlatStates(std::uint64_t seed) : table_{0, SeededKeyHash<K>{seed}}, slots_beside_{make_slots_beside(seed)} {}

  [[nodiscard]] Entry end() noexcept { return table_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  /// How many entries it can have before they move.
  [[nodiscard]] std::size_t max_load() const noexcept { return table_.max_load(); }

  [[nodiscard]] Entry find(const K& key) { return table_.find(key); }
  /// The key's entry, or a new one.
  [[nodiscard]] Entry add(K&& key) { return table_.try_emplace(std::move(key)).first; }

  /// The entry has got a state.
  void note_state() noexcept {}
  /// The entry has no state any more, or got none.
  void erase(Entry entry, bool /*had_state*/) { table_.erase(entry); }
  /// Frees entries without a state, where no one holds an entry.
  void forget_departed() noexcept {}

  [[nodiscard]] Entry first() { return table_.begin(); }
  [[nodiscard]] Entry after(Entry entry) { return std::next(entry); }

  /// Finds the entries of some items, and has the processor load them. A key that is not there gets an entry at once if
  /// that moves none, and if its item keeps a key to be looked up again.
  /// @param found  gets an entry for each item, or `end()`
  template <typename V>
  [[gnu::noinline]] void look_up(containers::Items<std::pair<K, V>> items, Entry* found) {
    if (std::is_trivially_copyable_v<K> && table_.size() + items.size() <= table_.max_load()) {
      for (const std::pair<K, V>& item : items) {
        *found = table_.try_emplace(item.first).first;
        containers::prefetch_end(*(*found++));
      }
      return;
    }
    for (const std::pair<K, V>& item : items) {
      *found = table_.find(item.first);
      if (*found != table_.end()) {
        containers::prefetch_end(**found);
      }
      ++found;
    }
  }

  /// One of 64 bits for the entry, and for others too.
  [[nodiscard]] static std::uint64_t bit_of(Entry entry) {
    return std::uint64_t{1} << (reinterpret_cast<std::uintptr_t>(&*entry) / sizeof(*entry) % 64);
  }

  /// The entry's slot, by which `at` finds it. It gets one at the first call, until `release_slot`.
  [[nodiscard]] containers::Slot slot_of(Entry entry) {
    if constexpr (kSlotInEntry) {
      containers::Slot& slot = entry->second.slot;
      if (slot == containers::kNoSlot) {
        slot = take_slot(entry->first);
      }
      return slot;
    } else {
      const auto [place, is_new] = slots_beside_.try_emplace(entry->first, containers::kNoSlot);
      if (is_new) {
        place->second = take_slot(entry->first);
      }
      return place->second;
    }
  }
  /// Another entry may get its slot.
  /// @return  the slot that it had, or `kNoSlot`
  containers::Slot release_slot(Entry entry) {
    containers::Slot slot = containers::kNoSlot;
    if constexpr (kSlotInEntry) {
      slot = std::exchange(entry->second.slot, containers::kNoSlot);
    } else if (const auto place = slots_beside_.find(entry->first); place != slots_beside_.end()) {
      slot = place->second;
      slots_beside_.erase(place);
    }
    if (slot != containers::kNoSlot) {
      slots_[slot].key = K{};
      free_slots_.push_back(slot);
    }
    return slot;
  }
  [[nodiscard]] Entry at(containers::Slot slot) { return table_.find(slots_[slot].key); }

 private:
  struct NoSlotsBeside {};
  using SlotsBeside = boost::unordered_flat_map<K, containers::Slot, SeededKeyHash<K>>;
  struct Named {  // a vector of bare keys would be another thing for bool
    K key;
  };

  static auto make_slots_beside(std::uint64_t seed) {
    if constexpr (kSlotInEntry) {
      return NoSlotsBeside{};
    } else {
      return SlotsBeside{0, SeededKeyHash<K>{seed}};
    }
  }

  containers::Slot take_slot(const K& key) {
    if (free_slots_.empty()) {
      slots_.push_back({key});
      return static_cast<containers::Slot>(slots_.size() - 1);
    }
    const containers::Slot slot = free_slots_.back();
    slots_[slot].key = K{key};
    free_slots_.pop_back();
    return slot;
  }

  Table table_;
  containers::List<Named> slots_;  // the keys of those that were asked for
  std::vector<containers::Slot> free_slots_;
  [[no_unique_address]] std::conditional_t<kSlotInEntry, NoSlotsBeside, SlotsBeside> slots_beside_;
};

/// The states of a worker's keys, for steps with alarms: an entry stays where it is, and an alarm finds it by its slot.
template <typename K, typename StateHolder>
class SlottedStates {
  struct Held {
    [[no_unique_address]] StateHolder state;
    [[no_unique_address]] snapshot::KeptMarks marks{};

    explicit operator bool() const { return static_cast<bool>(state); }
  };
  using Table = containers::SlottedTable<K, Held>;

 public:
  using Entry = typename Table::iterator;
  static constexpr std::size_t kEntryBytes = sizeof(typename Table::value_type);
  static constexpr bool kEntriesMove = false;

  explicit SlottedStates(std::uint64_t seed) : table_{0, SeededKeyHash<K>{seed}} {}

  [[nodiscard]] static Entry end() noexcept { return Table::end(); }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  [[nodiscard]] static std::size_t max_load() noexcept { return Table::max_load(); }

  [[nodiscard]] Entry find(const K& key) const { return table_.find(key); }
  [[nodiscard]] Entry add(K&& key) { return table_.try_emplace(std::move(key)).first; }

  void note_state() noexcept { table_.note_value(); }
  void erase(Entry entry, bool had_state) { table_.erase(entry, had_state); }
  void forget_departed() { table_.forget_departed(); }

  [[nodiscard]] Entry first() const { return table_.next(0); }
  [[nodiscard]] Entry after(Entry entry) const { return table_.next(entry->slot + 1); }

  template <typename V>
  void look_up(containers::Items<std::pair<K, V>> items, Entry* found) const {
    for (const std::pair<K, V>& item : items) {
      *found = table_.find(item.first);
      if (*found != nullptr) {
        containers::prefetch_lines(**found);
      }
      ++found;
    }
  }

  [[nodiscard]] static std::uint64_t bit_of(Entry /*entry*/) { return 0; }

  [[nodiscard]] static containers::Slot slot_of(Entry entry) { return entry->slot; }
  /// It keeps its slot as long as it is there.
  static containers::Slot release_slot(Entry entry) { return entry->slot; }
  /// `end()` if no key has the slot now.
  [[nodiscard]] Entry at(containers::Slot slot) const { return table_.at(slot); }

  /// How many there are, whether keys have them or not.
  [[nodiscard]] std::size_t slots() const noexcept { return table_.slots(); }
  void prefetch(containers::Slot slot) const { containers::prefetch_lines(table_.entry(slot)); }

 private:
  Table table_;
};

}  // namespace weir::detail::keyed
