#pragma once

#include <chrono>
#include <cstdint>

#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// Windows of equal length at equal distances, by number. `check_alignment` and `check_duration` ensure that no sum
/// with event times overflows.
class AlignedWindows {
 public:
  AlignedWindows(std::chrono::nanoseconds length, std::chrono::nanoseconds every, Time aligned_to)
      : length_{length}, every_{every}, aligned_to_{aligned_to} {}

  /// The last window that has started by then. Without a division if it is that of the last item.
  [[nodiscard]] std::int64_t last_with(Time time) noexcept {
    if (time < recent_start_ || time >= recent_end_) {
      recent_ = floor_of(time - aligned_to_);
      recent_start_ = start_of(recent_);
      recent_end_ = recent_start_ + every_;
    }
    return recent_;
  }
  /// The first window that has not ended by then.
  [[nodiscard]] std::int64_t first_with(Time time) const noexcept { return floor_of(time - aligned_to_ - length_) + 1; }

  [[nodiscard]] Time start_of(std::int64_t index) const noexcept { return aligned_to_ + index * every_; }
  [[nodiscard]] Time end_of(std::int64_t index) const noexcept { return start_of(index) + length_; }
  [[nodiscard]] Window window(std::int64_t index) const noexcept { return {index, start_of(index), end_of(index)}; }

 private:
  [[nodiscard]] std::int64_t floor_of(std::chrono::nanoseconds since) const noexcept {
    const std::int64_t quotient = since / every_;
    return quotient - (since % every_ < std::chrono::nanoseconds{} ? 1 : 0);
  }

  std::chrono::nanoseconds length_;
  std::chrono::nanoseconds every_;
  Time aligned_to_;
  std::int64_t recent_ = 0;
  Time recent_start_ = aligned_to_;
  Time recent_end_ = aligned_to_ + every_;
};

}  // namespace weir::detail::windows
