#pragma once

#include <algorithm>

#include "weir/time.hpp"

namespace weir::detail::time {

/// What several watermarks are together: the least of those that are not idle; where all are, the latest, since nothing
/// is waited for then.
/// @see Flink 1.20, StatusWatermarkValve.
class LeastWatermark {
 public:
  void add(Watermark watermark) noexcept {
    if (watermark.idle) {
      latest_ = std::max(latest_, watermark.time);
    } else {
      least_ = std::min(least_, watermark.time);
      idle_ = false;
    }
  }

  [[nodiscard]] Watermark result() const noexcept { return {idle_ ? latest_ : least_, idle_}; }

 private:
  Time least_ = Time::max();
  Time latest_ = Time::min();
  bool idle_ = true;
};

}  // namespace weir::detail::time
