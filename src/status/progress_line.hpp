#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// How far a run was at one moment.
struct ProgressPoint {
  nanoseconds elapsed{};
  std::uint64_t items_in = 0;
  std::optional<double> part_read{};
  std::uint64_t restarts = 0;
};

[[nodiscard]] ProgressPoint progress_of(const RunStatus& run);

/// A run in one line of a terminal, in ASCII, without a line feed:
///
///     26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 1 s left, epoch 14 for 3 s, 148 MB
///
/// An input without an end has a lag in place of the percentage: bytes or items that are there and not read, and how
/// far event time is behind. Rates and the time left are those since `before`; one of some seconds ago makes them calm.
///
/// @param columns  of the terminal; the line leaves the last one free, since some terminals wrap after it. The least
///                 important parts are left out first.
[[nodiscard]] std::string progress_line(const RunStatus& now, const ProgressPoint& before, std::size_t columns);

}  // namespace weir::detail::status
