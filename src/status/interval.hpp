#pragma once

#include <cstddef>
#include <cstdint>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// What a run did since `before`: counters and durations that add up count from there, and all else is as it is now. If
/// `before` is no earlier moment of the same run, as an empty one is not, they count from the run's start.
[[nodiscard]] RunStatus since(const RunStatus& before, const RunStatus& now);

/// All time that is known of a worker: in steps, deciding what to do next, and waiting.
[[nodiscard]] nanoseconds time_of_worker(const RunStatus& run, std::size_t worker);

[[nodiscard]] double in_seconds(nanoseconds time) noexcept;

/// 0 if there was no time.
[[nodiscard]] double per_second(std::uint64_t count, nanoseconds time) noexcept;

/// The part of `whole`, from 0 to 1; 0 if that is nothing.
[[nodiscard]] double share(nanoseconds part, nanoseconds whole) noexcept;

/// To three decimals: more say nothing of a rate or a share.
[[nodiscard]] double rounded(double number) noexcept;

/// From one point in time to a later one; 0 if it is not later, and the longest duration if the time between is longer.
[[nodiscard]] nanoseconds time_between(Time from, Time to) noexcept;

}  // namespace weir::detail::status
