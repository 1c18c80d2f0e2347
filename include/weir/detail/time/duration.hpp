#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir::detail::time {

/// Event times lie at most so far from 1970, 146 years, so that the difference of two does not overflow.
inline constexpr std::int64_t kMostNanoseconds = (std::int64_t{1} << 62) - 1;

/// The longest duration that a step may be given, 36 years: a time and two durations then do not overflow.
inline constexpr std::chrono::nanoseconds kLongestDuration{kMostNanoseconds / 4};

/// @param what  which setting of the step it is: "length", "gap"
/// @throws BuildError  if the duration is not positive or longer than `kLongestDuration`; it names the step
void check_duration(const std::string& step_id, const char* what, std::chrono::nanoseconds duration);

}  // namespace weir::detail::time
