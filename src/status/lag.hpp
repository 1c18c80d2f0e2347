#pragma once

#include <cstdint>
#include <optional>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// How far a run is behind what is there.
struct Lag {
  std::optional<std::uint64_t> bytes{};     ///< not read yet of the inputs that count bytes; nothing if there is none
  std::optional<std::uint64_t> items{};     ///< the same of inputs that count items
  std::optional<nanoseconds> event_time{};  ///< from the earliest watermark of all steps to now; nothing without any
};

[[nodiscard]] Lag lag_of(const RunStatus& run);

/// Of one input.
[[nodiscard]] Lag lag_of(const StepState& input);

/// From a watermark to `now`; nothing if there is none, or it promises nothing yet, or all items have come.
[[nodiscard]] std::optional<nanoseconds> event_time_lag(std::optional<Time> watermark, Time now);

}  // namespace weir::detail::status
