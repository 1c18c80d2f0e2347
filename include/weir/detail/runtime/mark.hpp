#pragma once

#include <cstdint>

#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::runtime {

/// What flows with the items, in order with them.
struct Mark {
  enum class Kind : std::uint8_t {
    kBarrier,    ///< ends an epoch; more follows
    kStop,       ///< ends an epoch and the channel: the run was asked to stop
    kEnd,        ///< ends the input and the channel, behind the barrier of the last epoch
    kWatermark,  ///< tells how far event time has come
  };

  Kind kind = Kind::kBarrier;
  Epoch epoch;
  Watermark watermark{};  ///< kWatermark

  [[nodiscard]] bool last() const noexcept { return kind == Kind::kStop || kind == Kind::kEnd; }
};

}  // namespace weir::detail::runtime
