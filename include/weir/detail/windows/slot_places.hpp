#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "weir/detail/containers/slot.hpp"

namespace weir::detail::windows {

/// The places of a few slots in an array: 0, 1, 2 in the order in which the slots come. Compiled once, since it does
/// not know what the array has in its places.
class SlotPlaces {
 public:
  SlotPlaces();
  SlotPlaces(SlotPlaces&& other) noexcept;
  SlotPlaces& operator=(SlotPlaces&& other) noexcept;
  SlotPlaces(const SlotPlaces&) = delete;
  SlotPlaces& operator=(const SlotPlaces&) = delete;
  ~SlotPlaces();

  /// @param none  returned if the slot has no place
  [[nodiscard]] std::size_t find(containers::Slot slot, std::size_t none) const noexcept;
  [[nodiscard]] containers::Slot slot(std::size_t place) const noexcept { return slots_[place]; }

  /// Before the first slot is added.
  void reserve(std::size_t slots);
  /// The next place, for a slot that has none.
  std::size_t add(containers::Slot slot);

  /// How much memory they take.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Table;

  std::unique_ptr<Table> table_;         // places by slot; null: none has one
  std::vector<containers::Slot> slots_;  // by place
};

}  // namespace weir::detail::windows
