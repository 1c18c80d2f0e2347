#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace weir::detail::http {

/// Spreads requests over time, by the generic cell rate algorithm (ITU-T I.371): up to `burst` come at once after a
/// pause, and then `per_second`.
class Turns {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Turns(std::size_t per_second, std::size_t burst)
      : apart_{std::chrono::nanoseconds{std::chrono::seconds{1}} / std::max<std::size_t>(per_second, 1)},
        ahead_{apart_ * burst} {}

  /// Takes the next turn.
  /// @return  how long to wait for it
  std::chrono::nanoseconds take(Time now) {
    last_ = std::max(last_ + apart_, now - ahead_ + apart_);
    return std::max<std::chrono::nanoseconds>(last_ - now, std::chrono::nanoseconds{0});
  }

  /// The last turn was worth so many more.
  void charge(std::size_t more) { last_ += apart_ * more; }

  /// A turn that was taken is not used.
  void give_back() { last_ -= apart_; }

 private:
  std::chrono::nanoseconds apart_;
  std::chrono::nanoseconds ahead_;
  Time last_{};
};

}  // namespace weir::detail::http
