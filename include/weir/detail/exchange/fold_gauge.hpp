#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::detail::exchange {

/// What a step folds before its exchange.
struct FoldRoom {
  std::size_t folds = 0;  ///< for how many folds of one other worker there is room; 0: nothing is folded
  bool always = false;    ///< whether it folds even where that does not pay off
};

/// Decides whether one end of an edge folds items before they cross. It counts items alone, so a run in which the same
/// items come in the same order decides the same.
///
/// A fold pays off where it takes the place of several items. The gauge compares the items of a round with those that
/// found no fold: at 2 to 1 it begins to fold, and below 3 to 2 it stops, for 16 rounds at first, and for twice as long
/// each time that a trial fails. A round has four times as many items as there is room for folds. A trial ends early if
/// keys come again so rarely that there cannot be room for all of them.
class FoldGauge {
 public:
  explicit FoldGauge(FoldRoom room);

  /// Whether new folds may be made.
  [[nodiscard]] bool on() const noexcept { return on_; }

  /// So many items crossed while it was off. It may be on then.
  void pass(std::size_t items) noexcept {
    if (items < pause_) {
      pause_ -= items;
      return;
    }
    begin_trial();
  }

  /// So many items came while it was on, and so many of them found no fold. It may be off then.
  void note(std::size_t items, std::size_t missed) noexcept {
    items_ += items;
    missed_ += missed;
    if (items_ >= round_ || (trial_ && !looked_ && missed_ >= first_look_)) [[unlikely]] {
      judge();
    }
  }

 private:
  void begin_trial() noexcept;
  void judge() noexcept;
  void stop() noexcept;

  std::uint64_t round_;
  std::uint64_t first_look_;  // at a trial: how many items have found no fold by then
  std::uint64_t items_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t pause_ = UINT64_MAX;  // while it is off: items until the next trial
  std::uint64_t next_pause_;
  bool always_;
  bool on_;
  bool trial_ = true;
  bool looked_ = false;
};

}  // namespace weir::detail::exchange
