#pragma once

#include <chrono>
#include <cstddef>

#include "weir/run.hpp"

namespace weir::detail::coordinator {

inline constexpr std::size_t kMaxWorkers = 1024;

/// @throws UsageError  for options that cannot be right
void check(const RunOptions& options);

/// For a timer: as long as was asked for, or so long that nobody waits for the end of it. Times that are so far away
/// that they have no number are never reached.
[[nodiscard]] std::chrono::nanoseconds timer_span(std::chrono::nanoseconds asked);

}  // namespace weir::detail::coordinator
