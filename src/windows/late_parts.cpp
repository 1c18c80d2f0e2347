#include "weir/detail/windows/late_parts.hpp"

#include <cstdint>
#include <limits>
#include <optional>

#include "weir/detail/containers/slot.hpp"
#include "weir/detail/windows/pane_grid.hpp"

namespace weir::detail::windows {

bool LateParts::Before::operator()(const Place& a, const Place& b) const noexcept {
  if (a.from != b.from) {
    return a.from < b.from;
  }
  return a.slot != b.slot ? a.slot < b.slot : a.pane < b.pane;
}

LateParts::LateParts(void (*destroy)(void* part)) : destroy_{destroy} {}

LateParts::~LateParts() {
  for (const auto& [place, part] : parts_) {
    destroy_(part);
  }
}

void* LateParts::find(const Place& place) const {
  const auto found = parts_.find(place);
  return found != parts_.end() ? found->second : nullptr;
}

void LateParts::add(const Place& place, void* part) {
  try {
    parts_.emplace(place, part);
  } catch (...) {
    destroy_(part);
    throw;
  }
}

bool LateParts::has(containers::Slot slot, const PaneGrid& grid, std::int64_t window, const Place& but) const {
  for (auto part = parts_.begin(); part != parts_.end() && part->first.from <= window;) {
    const std::int64_t from = part->first.from;
    const Place end{from, slot, grid.end_of(window)};
    for (part = parts_.lower_bound({from, slot, grid.first_of(window)});
         part != parts_.end() && Before{}(part->first, end); ++part) {
      if (part->first.pane != but.pane || from != but.from) {
        return true;
      }
    }
    part = parts_.lower_bound({from + 1, containers::Slot{0}, std::numeric_limits<std::int64_t>::min()});
  }
  return false;
}

std::optional<std::int64_t> LateParts::first() const {
  return parts_.empty() ? std::nullopt : std::optional{parts_.begin()->first.from};
}

LateParts::Taken LateParts::take(std::int64_t window) {
  if (parts_.empty() || parts_.begin()->first.from > window) {
    return {{}, nullptr};
  }
  const Taken taken{parts_.begin()->first, parts_.begin()->second};
  parts_.erase(parts_.begin());
  return taken;
}

}  // namespace weir::detail::windows
