#pragma once

#include <chrono>
#include <cstdint>
#include <numeric>

#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail {

/// Sliding windows and their panes, by number: the parts of time that are in the same windows.
class PaneGrid {
 public:
  PaneGrid(std::chrono::nanoseconds length, std::chrono::nanoseconds every, Time aligned_to)
      : windows_{length, every, aligned_to},
        panes_{pane_length(length, every), pane_length(length, every), aligned_to},
        panes_a_window_{length / pane_length(length, every)},
        panes_a_step_{every / pane_length(length, every)} {}

  [[nodiscard]] std::int64_t pane_with(Time time) noexcept { return panes_.last_with(time); }
  [[nodiscard]] Window pane(std::int64_t pane) const noexcept { return panes_.window(pane); }

  [[nodiscard]] std::int64_t first_window_of(std::int64_t pane) const noexcept {
    return floor_of(pane - panes_a_window_) + 1;
  }
  [[nodiscard]] std::int64_t last_window_of(std::int64_t pane) const noexcept { return floor_of(pane); }

  /// The first pane of a window.
  [[nodiscard]] std::int64_t first_of(std::int64_t window) const noexcept { return window * panes_a_step_; }
  /// The first pane behind a window.
  [[nodiscard]] std::int64_t end_of(std::int64_t window) const noexcept { return first_of(window) + panes_a_window_; }

  [[nodiscard]] const AlignedWindows& windows() const noexcept { return windows_; }

 private:
  static std::chrono::nanoseconds pane_length(std::chrono::nanoseconds length, std::chrono::nanoseconds every) {
    return std::chrono::nanoseconds{std::gcd(length.count(), every.count())};
  }
  [[nodiscard]] std::int64_t floor_of(std::int64_t pane) const noexcept {
    const std::int64_t quotient = pane / panes_a_step_;
    return quotient - (pane % panes_a_step_ < 0 ? 1 : 0);
  }

  AlignedWindows windows_;
  AlignedWindows panes_;
  std::int64_t panes_a_window_;
  std::int64_t panes_a_step_;
};

}  // namespace weir::detail
