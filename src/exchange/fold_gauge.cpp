#include "weir/detail/exchange/fold_gauge.hpp"

#include <algorithm>

namespace weir::detail::exchange {
namespace {

constexpr std::uint64_t kRoundsOfPause = 16;
constexpr std::uint64_t kMostRoundsOfPause = 1024;
// Of D keys that are equally frequent, L^2 / 2D items have come again when L keys are there. With L a part of the room,
// and as many keys as there is room for, that is half of that part of L. A quarter more keys are let through.
constexpr std::uint64_t kFirstPart = 32;
constexpr std::uint64_t kLeastComeAgain = 2 * kFirstPart * 5 / 4;

}  // namespace

FoldGauge::FoldGauge(FoldRoom room)
    : round_{std::max<std::uint64_t>(room.folds * 4, 1)},
      first_look_{std::max<std::uint64_t>(room.folds / kFirstPart, 8)},
      next_pause_{round_ * kRoundsOfPause},
      always_{room.always},
      on_{room.folds > 0} {}

void FoldGauge::begin_trial() noexcept {
  items_ = 0;
  missed_ = 0;
  trial_ = true;
  looked_ = false;
  on_ = true;
}

void FoldGauge::judge() noexcept {
  const std::uint64_t found = items_ - missed_;
  if (items_ < round_) {  // the first look at a trial
    if (!always_ && found * kLeastComeAgain < missed_) {
      stop();
      return;
    }
    looked_ = true;
    return;
  }
  const bool pays = trial_ ? items_ >= 2 * missed_ : 2 * items_ >= 3 * missed_;
  if (!pays && !always_) {
    stop();
    return;
  }
  trial_ = false;
  next_pause_ = round_ * kRoundsOfPause;
  items_ = 0;
  missed_ = 0;
}

void FoldGauge::stop() noexcept {
  on_ = false;
  pause_ = next_pause_;
  next_pause_ = std::min(next_pause_ * 2, round_ * kMostRoundsOfPause);
}

}  // namespace weir::detail::exchange
