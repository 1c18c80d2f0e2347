#pragma once

#include <chrono>
#include <cstddef>

#include "weir/run.hpp"

namespace weir::detail::coordinator {

inline constexpr std::size_t kMaxWorkers = 1024;

/// @throws UsageError  for options that cannot be right
void check(const RunOptions& options);

/// How many workers a run has.
[[nodiscard]] std::size_t worker_count(const RunOptions& options);

/// The time for a timer: the one that was asked for, but at most 20 years, since a later time point may overflow.
[[nodiscard]] std::chrono::nanoseconds timer_span(std::chrono::nanoseconds asked);

}  // namespace weir::detail::coordinator
