#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/slot.hpp"

namespace weir::detail {

/// A row for each of some of the slots. `Row` says `there` of itself; `Row{}` is not.
///
/// Where many slots have one it is an array by slot, and where few have, a hash table: so that it costs no more than
/// one load to find a row, and memory goes by how many there are.
template <typename Row>
class SlotTable {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_array() const noexcept { return is_array_; }

  /// The row of a slot, or one that is not there. Rows move when another one is made.
  [[nodiscard, gnu::always_inline]] Row& look_up(Slot slot) noexcept {
    return is_array_ ? array_[std::min<std::size_t>(slot, array_.size() - 1)] : find_in_table(slot);
  }
  /// Null if the slot has none.
  [[nodiscard]] Row* find(Slot slot) noexcept {
    Row& row = look_up(slot);
    return row.there ? &row : nullptr;
  }

  /// A row for a slot that has none.
  /// @param slots  all slots are below this one
  Row& make(Slot slot, Slot slots) {
    ++size_;
    if (!is_array_ || slot + std::size_t{1} >= array_.size()) [[unlikely]] {
      make_room(slot, slots);
    }
    Row& row = is_array_ ? array_[slot] : table_[slot];
    row.there = true;
    return row;
  }

  /// Makes it an array at once if rows for as many slots as that are to be expected.
  void expect(std::size_t rows, Slot slots) {
    if (rows * kSparse > slots) {
      become_array(slots);
    }
  }

  /// No more rows will be inserted, but a few: takes no more room than it needs.
  void settle() {
    if (is_array_ && size_ * 2 < array_.size()) {
      become_table();
    }
  }

  /// Calls `use(slot, row)` for each.
  template <typename Use>
  void for_each(Use use) {
    if (is_array_) {
      for (Slot slot = 0; slot < array_.size(); ++slot) {
        if (array_[slot].there) {
          use(slot, array_[slot]);
        }
      }
    } else {
      for (auto& [slot, row] : table_) {
        use(slot, row);
      }
    }
  }

 private:
  static constexpr std::size_t kSparse = 4;   // where fewer than one slot of so many has a row, it is a table
  static constexpr std::size_t kSmall = 256;  // an array of so many slots is always in order

  [[gnu::noinline]] Row& find_in_table(Slot slot) noexcept {
    const auto found = table_.find(slot);
    return found != table_.end() ? found->second : array_.back();
  }

  [[gnu::noinline]] void make_room(Slot slot, Slot slots) {
    if (!is_array_) {
      if (size_ * kSparse > slots) {
        become_array(slots);
      }
    } else if (slot >= kSmall && slot >= size_ * kSparse) {
      become_table();
    } else {
      const std::size_t twice = std::min<std::size_t>(array_.size() * 2, slots);
      array_.resize(std::max<std::size_t>(twice, slot + std::size_t{1}) + 1);
    }
  }

  void become_array(Slot slots) {
    array_.resize(slots + std::size_t{1});
    for (auto& [slot, row] : table_) {
      array_[slot] = std::move(row);
    }
    table_ = {};
    is_array_ = true;
  }

  void become_table() {
    table_.reserve(size_);
    for (Slot slot = 0; slot < array_.size(); ++slot) {
      if (array_[slot].there) {
        table_.emplace(slot, std::move(array_[slot]));
      }
    }
    array_ = std::vector<Row>(1);
    is_array_ = false;
  }

  std::vector<Row> array_ = std::vector<Row>(1);  // the last one is not there
  boost::unordered_flat_map<Slot, Row> table_;
  std::size_t size_ = 0;
  bool is_array_ = true;
};

}  // namespace weir::detail
