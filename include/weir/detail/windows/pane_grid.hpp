#pragma once

#include <chrono>
#include <cstdint>

#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// Sliding windows and their panes, by number: the parts of time that are in the same windows.
///
/// A window begins at a multiple of `every`, and ends `length % every` after one. So there are at most two panes from
/// one window's beginning to the next, for any `length` and `every`. If `every` is longer, the second lies between
/// windows.
/// @see Sailesh Krishnamurthy et al., On-the-fly sharing for streamed aggregation, 2006, "paired windows"
class PaneGrid {
 public:
  PaneGrid(std::chrono::nanoseconds length, std::chrono::nanoseconds every, Time aligned_to)
      : windows_{length, every, aligned_to},
        every_{every},
        rest_{length % every},
        panes_a_step_{rest_.count() > 0 ? 2 : 1},
        panes_a_window_{length / every * panes_a_step_ + panes_a_step_ - 1} {}

  [[nodiscard]] std::int64_t pane_with(Time time) noexcept {
    const std::int64_t window = windows_.last_with(time);
    const bool ended = panes_a_step_ > 1 && time >= windows_.start_of(window) + rest_;
    return first_of(window) + (ended ? 1 : 0);
  }
  [[nodiscard]] Window pane(std::int64_t pane) const noexcept {
    const std::int64_t window = last_window_of(pane);
    const Time start = windows_.start_of(window);
    if (panes_a_step_ == 1) {
      return {pane, start, start + every_};
    }
    return pane == first_of(window) ? Window{pane, start, start + rest_} : Window{pane, start + rest_, start + every_};
  }

  [[nodiscard]] std::int64_t first_window_of(std::int64_t pane) const noexcept {
    return last_window_of(pane - panes_a_window_) + 1;
  }
  [[nodiscard]] std::int64_t last_window_of(std::int64_t pane) const noexcept {
    const std::int64_t quotient = pane / panes_a_step_;
    return quotient - (pane % panes_a_step_ < 0 ? 1 : 0);
  }

  /// Whether a pane lies between two windows and in none, where windows are further apart than they are long.
  [[nodiscard]] bool in_gap(std::int64_t pane) const noexcept { return first_window_of(pane) > last_window_of(pane); }

  /// The first pane of a window.
  [[nodiscard]] std::int64_t first_of(std::int64_t window) const noexcept { return window * panes_a_step_; }
  /// The first pane after a window.
  [[nodiscard]] std::int64_t end_of(std::int64_t window) const noexcept { return first_of(window) + panes_a_window_; }

  [[nodiscard]] const AlignedWindows& windows() const noexcept { return windows_; }

 private:
  AlignedWindows windows_;
  std::chrono::nanoseconds every_;
  std::chrono::nanoseconds rest_;  // of a window's length, beyond whole steps
  std::int64_t panes_a_step_;
  std::int64_t panes_a_window_;
};

}  // namespace weir::detail::windows
