#pragma once

#include <chrono>
#include <cstdint>

#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::runtime {

/// A mark, which flows with the items, in order.
struct Mark {
  enum class Kind : std::uint8_t {
    kBarrier,    ///< ends an epoch; more follows
    kStop,       ///< ends an epoch and the channel: the run was asked to stop
    kEnd,        ///< ends the input and the channel, after the barrier of the last epoch
    kWatermark,  ///< carries the progress of event time
    kLatency,    ///< carries the time at which a source stamped it; goes to one worker
  };

  Kind kind = Kind::kBarrier;
  Epoch epoch;
  Watermark watermark{};                            ///< kWatermark
  std::chrono::steady_clock::time_point stamped{};  ///< kLatency

  [[nodiscard]] bool last() const noexcept { return kind == Kind::kStop || kind == Kind::kEnd; }
};

}  // namespace weir::detail::runtime
