#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/slot.hpp"

namespace weir::detail::windows {

/// Values for some of the slots, and marks of each value. `Marks` says whether the value is `there`; for `Marks{}` it
/// is not.
///
/// If many slots have one, values and marks are arrays by slot; if few have one, a hash table. So finding a value costs
/// little more than one load, and memory grows with the number of values.
template <typename Value, typename Marks>
class SlotTable {
  struct Cell {  // since a vector of `bool` has no addressable elements
    Value value{};
  };

 public:
  /// Pointers to a slot's value and marks; false if there is no value. Rows move when another one is made.
  struct Row {
    Value* value;
    Marks* marks;
    explicit operator bool() const noexcept { return marks->there; }
  };

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_array() const noexcept { return is_array_; }

  /// How much memory its rows take, without what values own.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return marks_.size() * (sizeof(Cell) + sizeof(Marks)) + table_.size() * sizeof(typename Table::value_type);
  }

  /// The place of the rows, valid until another one is made: finds many rows, with its data in registers.
  class Rows {
   public:
    [[nodiscard, gnu::always_inline]] Row find(containers::Slot slot) const noexcept {
      if (table_ != nullptr) [[unlikely]] {
        return table_->find_in_table(slot);
      }
      const std::size_t index = std::min<std::size_t>(slot, nobody_);
      return {&values_[index].value, &marks_[index]};
    }

   private:
    friend class SlotTable;
    explicit Rows(SlotTable& table)
        : table_{table.is_array_ ? nullptr : &table},
          values_{table.values_.data()},
          marks_{table.marks_.data()},
          nobody_{table.marks_.size() - 1} {}

    SlotTable* table_;  // null: it is an array
    Cell* values_;
    Marks* marks_;
    std::size_t nobody_;
  };

  [[nodiscard]] Rows rows() noexcept { return Rows{*this}; }
  [[nodiscard, gnu::always_inline]] Row find(containers::Slot slot) noexcept { return rows().find(slot); }

  /// A row for a slot that has none.
  /// @param slots  all slots are below this one
  Row make(containers::Slot slot, containers::Slot slots) {
    ++size_;
    if (!is_array_ || slot + std::size_t{1} >= marks_.size()) [[unlikely]] {
      make_room(slot, slots);
    }
    const Row row = is_array_ ? array_row(slot) : row_of(table_[slot]);
    row.marks->there = true;
    return row;
  }

  /// Makes it an array at once if so many rows are expected.
  void expect(std::size_t rows, containers::Slot slots) {
    if (rows * kSparse > slots) {
      become_array(slots);
    }
  }

  /// Few more rows will be inserted: shrinks it to the room that it needs.
  void settle() {
    if (is_array_ && size_ * 2 < marks_.size()) {
      become_table();
    }
  }

  /// Calls `use(slot, value, marks)` for each.
  template <typename Use>
  void for_each(Use use) {
    if (is_array_) {
      for (containers::Slot slot = 0; slot < marks_.size(); ++slot) {
        if (marks_[slot].there) {
          use(slot, values_[slot].value, marks_[slot]);
        }
      }
    } else {
      for (auto& [slot, entry] : table_) {
        use(slot, entry.value, entry.marks);
      }
    }
  }

 private:
  static constexpr std::size_t kSparse = 4;   // if fewer than one slot in so many has a row, it is a table
  static constexpr std::size_t kSmall = 256;  // an array of so many slots is always acceptable

  struct Entry {
    Value value{};
    Marks marks{};
  };

  static Row row_of(Entry& entry) noexcept { return {&entry.value, &entry.marks}; }
  [[nodiscard]] Row array_row(std::size_t index) noexcept { return {&values_[index].value, &marks_[index]}; }

  [[gnu::noinline]] Row find_in_table(containers::Slot slot) noexcept {
    const auto found = table_.find(slot);
    return found != table_.end() ? row_of(found->second) : array_row(0);
  }

  [[gnu::noinline]] void make_room(containers::Slot slot, containers::Slot slots) {
    if (!is_array_) {
      if (size_ * kSparse > slots) {
        become_array(slots);
      }
    } else if (slot >= kSmall && slot >= size_ * kSparse) {
      become_table();
    } else {
      const std::size_t twice = std::min<std::size_t>(marks_.size() * 2, slots);
      resize_array(std::max<std::size_t>(twice, slot + std::size_t{1}));
    }
  }

  void resize_array(std::size_t slots) {
    values_.resize(slots + 1);
    marks_.resize(slots + 1);
  }

  void become_array(containers::Slot slots) {
    resize_array(slots);
    for (auto& [slot, entry] : table_) {
      values_[slot].value = std::move(entry.value);
      marks_[slot] = entry.marks;
    }
    table_ = {};
    is_array_ = true;
  }

  void become_table() {
    table_.reserve(size_);
    for (containers::Slot slot = 0; slot < marks_.size(); ++slot) {
      if (marks_[slot].there) {
        table_.emplace(slot, Entry{std::move(values_[slot].value), marks_[slot]});
      }
    }
    values_ = std::vector<Cell>(1);
    marks_ = std::vector<Marks>(1);
    is_array_ = false;
  }

  using Table = boost::unordered_flat_map<containers::Slot, Entry>;

  std::vector<Cell> values_ = std::vector<Cell>(1);  // the last one has no value
  std::vector<Marks> marks_ = std::vector<Marks>(1);
  Table table_;
  std::size_t size_ = 0;
  bool is_array_ = true;
};

}  // namespace weir::detail::windows
