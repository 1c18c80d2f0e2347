#include "weir/detail/windows/pane_list.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace weir::detail::windows {

PaneBounds::~PaneBounds() = default;

PaneList::PaneList() = default;
PaneList::~PaneList() = default;

std::size_t PaneList::first_from(std::int64_t number) const noexcept {
  const auto first = std::ranges::lower_bound(panes_, number, {},
                                              [](const std::unique_ptr<PaneBounds>& pane) { return pane->number; });
  return static_cast<std::size_t>(first - panes_.begin());
}

PaneBounds& PaneList::insert(std::size_t index, std::unique_ptr<PaneBounds> pane) {
  const auto place = panes_.begin() + static_cast<std::ptrdiff_t>(index);
  closed_ += index < closed_ ? 1 : 0;
  return **panes_.insert(place, std::move(pane));
}

PaneBounds* PaneList::close_next_before(std::int64_t end) noexcept {
  if (closed_ == panes_.size() || panes_[closed_]->number >= end) {
    return nullptr;
  }
  return panes_[closed_++].get();
}

std::size_t PaneList::closed_before(std::int64_t number) const noexcept {
  return std::min(closed_, first_from(number));
}

void PaneList::remove_first(std::size_t count) {
  assert(count <= closed_ && "only closed panes leave");
  panes_.erase(panes_.begin(), panes_.begin() + static_cast<std::ptrdiff_t>(count));
  closed_ -= count;
}

std::optional<std::int64_t> PaneList::newest_closed() const {
  return closed_ > 0 ? std::optional{panes_[closed_ - 1]->number} : std::nullopt;
}

std::optional<std::int64_t> PaneList::oldest_open() const {
  return closed_ < panes_.size() ? std::optional{panes_[closed_]->number} : std::nullopt;
}

}  // namespace weir::detail::windows
