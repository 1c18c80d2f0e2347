#include "weir/detail/windows/slot_places.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/slot.hpp"

namespace weir::detail::windows {

struct SlotPlaces::Table {
  boost::unordered_flat_map<containers::Slot, std::uint32_t> places;
};

SlotPlaces::SlotPlaces() = default;
SlotPlaces::SlotPlaces(SlotPlaces&& other) noexcept = default;
SlotPlaces& SlotPlaces::operator=(SlotPlaces&& other) noexcept = default;
SlotPlaces::~SlotPlaces() = default;

std::size_t SlotPlaces::find(containers::Slot slot, std::size_t none) const noexcept {
  if (table_ == nullptr) {
    return none;
  }
  const auto found = table_->places.find(slot);
  return found != table_->places.end() ? found->second : none;
}

void SlotPlaces::reserve(std::size_t slots) {
  if (table_ == nullptr) {
    table_ = std::make_unique<Table>();
  }
  table_->places.reserve(slots);
  slots_.reserve(slots);
}

std::size_t SlotPlaces::add(containers::Slot slot) {
  const std::size_t place = slots_.size();
  table_->places.emplace(slot, static_cast<std::uint32_t>(place));
  slots_.push_back(slot);
  return place;
}

std::size_t SlotPlaces::bytes() const noexcept {
  return slots_.size() * (sizeof(containers::Slot) + sizeof(std::pair<containers::Slot, std::uint32_t>));
}

}  // namespace weir::detail::windows
