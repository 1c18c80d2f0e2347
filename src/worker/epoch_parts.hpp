#pragma once

#include <deque>

#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::worker {

/// What the stages of one worker have said about epochs that have not passed all of them yet.
class EpochParts {
 public:
  /// @param last  the epoch before the first
  explicit EpochParts(Epoch last) : last_{last} {}

  /// The part of an epoch that is not taken yet.
  [[nodiscard]] snapshot::EpochPart& of(Epoch epoch) {
    while (last_.value + parts_.size() < epoch.value) {
      parts_.emplace_back();
      parts_.back().epoch = Epoch{last_.value + parts_.size()};
    }
    return parts_[epoch.value - last_.value - 1];
  }

  /// Hands out the oldest part.
  [[nodiscard]] snapshot::EpochPart take() {
    snapshot::EpochPart part = std::move(of(Epoch{last_.value + 1}));
    parts_.pop_front();
    ++last_.value;
    return part;
  }

 private:
  Epoch last_;  // the newest that was taken
  std::deque<snapshot::EpochPart> parts_;
};

}  // namespace weir::detail::worker
