#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir::detail::time {

/// The limit of event times, 146 years from 1970, so that the difference of two does not overflow.
inline constexpr std::int64_t kMostNanoseconds = (std::int64_t{1} << 62) - 1;

/// The longest duration of a step, 36 years, so that a time and two durations do not overflow.
inline constexpr std::chrono::nanoseconds kLongestDuration{kMostNanoseconds / 4};

/// @param what  the setting of the step: "length", "gap"
/// @throws BuildError  if the duration is not positive or longer than `kLongestDuration`; it names the step
void check_duration(const std::string& step_id, const char* what, std::chrono::nanoseconds duration);

}  // namespace weir::detail::time
