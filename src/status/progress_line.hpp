#pragma once

#include <cstddef>
#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// A run in one line of a terminal, in ASCII, without a line feed:
///
///     26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 1 s left, epoch 14 for 3 s, 148 MB
///
/// An input without an end has a lag in place of the percentage: bytes or items that are there and not read, and how
/// far event time is behind. Rates and the time left are those since `before`; one of some seconds ago makes them calm.
///
/// @param columns  of the terminal; the line leaves the last one free, since some terminals wrap after it. The least
///                 important parts are left out first.
[[nodiscard]] std::string progress_line(const RunStatus& now, const RunStatus& before, std::size_t columns);

}  // namespace weir::detail::status
