#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "weir/detail/containers/list.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/windows/slot_places.hpp"

namespace weir::detail::windows {

/// Values for some of the slots, and marks of each value. `Marks` says whether the value is `there`; for `Marks{}` it
/// is not.
///
/// Values and marks are arrays. If many slots have a value, its place is the slot; if few have one, a hash table has
/// the places. So finding a value costs little more than one load, and memory grows with the number of values.
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
  /// Whether each slot has the place of its number.
  [[nodiscard]] bool is_array() const noexcept { return is_array_; }

  /// How much memory its rows take, without what values own.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return marks_.size() * (sizeof(Cell) + sizeof(Marks)) + places_.bytes();
  }

  /// The place of the rows, valid until another one is made: finds many rows, with its data in registers.
  class Rows {
   public:
    [[nodiscard, gnu::always_inline]] Row find(containers::Slot slot) const noexcept {
      if (places_ != nullptr) [[unlikely]] {
        return row(places_->find(slot, nobody_));
      }
      return row(std::min<std::size_t>(slot, nobody_));
    }

   private:
    friend class SlotTable;
    explicit Rows(SlotTable& table)
        : places_{table.is_array_ ? nullptr : &table.places_},
          values_{table.values_.begin()},
          marks_{table.marks_.begin()},
          nobody_{table.marks_.size() - 1} {}

    [[nodiscard, gnu::always_inline]] Row row(std::size_t place) const noexcept {
      return {&values_[place].value, &marks_[place]};
    }

    const SlotPlaces* places_;  // null: it is an array
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
    const std::size_t place = is_array_ ? slot : places_.add(slot);
    marks_[place].there = true;
    return {&values_[place].value, &marks_[place]};
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
      become_table(size_);
    }
  }

  /// Calls `use(slot, value, marks)` for each.
  template <typename Use>
  void for_each(Use use) {
    for (std::size_t place = 0; place < marks_.size(); ++place) {
      if (marks_[place].there) {
        use(is_array_ ? static_cast<containers::Slot>(place) : places_.slot(place), values_[place].value,
            marks_[place]);
      }
    }
  }

 private:
  static constexpr std::size_t kSparse = 4;   // if fewer than one slot in so many has a row, it is a table
  static constexpr std::size_t kSmall = 256;  // an array of so many slots is always acceptable

  // Room for a row, which `size_` counts already.
  [[gnu::noinline]] void make_room(containers::Slot slot, containers::Slot slots) {
    if (!is_array_) {
      if (size_ * kSparse > slots) {
        become_array(slots);
      } else if (size_ >= marks_.size()) {
        resize(size_ * 2);
      }
    } else if (slot >= kSmall && slot >= size_ * kSparse) {
      become_table(size_ * 2);
    } else {
      const std::size_t twice = std::min<std::size_t>(marks_.size() * 2, slots);
      resize(std::max<std::size_t>(twice, slot + std::size_t{1}));
    }
  }

  // To so many places, and one for nobody.
  void resize(std::size_t places) {
    values_.grow(places + 1);
    marks_.grow(places + 1);
  }

  void become_array(containers::Slot slots) {
    if (is_array_) {
      resize(slots);
      return;
    }
    move_rows(slots, [places = std::exchange(places_, {})](std::size_t place) { return places.slot(place); });
    is_array_ = true;
  }

  void become_table(std::size_t places) {
    places_.reserve(places);
    move_rows(places, [this](std::size_t slot) { return places_.add(static_cast<containers::Slot>(slot)); });
    is_array_ = false;
  }

  // To arrays of so many places, and one for nobody. `place_of(place)` is where the row of a place goes.
  template <typename PlaceOf>
  void move_rows(std::size_t places, PlaceOf place_of) {
    containers::List<Cell> values{places + 1};
    containers::List<Marks> marks{places + 1};
    for (std::size_t from = 0; from < marks_.size(); ++from) {
      if (marks_[from].there) {
        const std::size_t to = place_of(from);
        values[to] = std::move(values_[from]);
        marks[to] = marks_[from];
      }
    }
    values_ = std::move(values);
    marks_ = std::move(marks);
  }

  containers::List<Cell> values_{1};  // by place; the last one has no value
  containers::List<Marks> marks_{1};
  SlotPlaces places_;  // of the slots, unless it is an array
  std::size_t size_ = 0;
  bool is_array_ = true;
};

}  // namespace weir::detail::windows
