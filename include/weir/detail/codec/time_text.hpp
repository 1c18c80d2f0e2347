#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "weir/time.hpp"

namespace weir::detail::codec {

/// A point in time of any unit: whole seconds, rounded down, and the rest.
struct SplitTime {
  std::chrono::sys_seconds second;
  std::chrono::nanoseconds fraction;
};

/// Appends a time in ISO 8601 and RFC 3339, in UTC: `2026-01-02T03:04:05.5Z`.
void append_time(std::string& line, const SplitTime& time);

/// Reads a time in RFC 3339: a date, `T`, a time of day with any number of decimals, and `Z` or an offset. Drops
/// fractions of a nanosecond. Nothing if the text is no such time.
[[nodiscard]] std::optional<SplitTime> parse_time(std::string_view text) noexcept;

template <TimePoint T>
[[nodiscard]] SplitTime split_time(const T& time) {
  // Not std::chrono::floor, which compares in the item's own unit, where the earliest times' second is out of range.
  const auto since_epoch = time.time_since_epoch();
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - second);
  const std::chrono::seconds before{rest.count() < 0 ? 1 : 0};
  return {std::chrono::sys_seconds{second - before}, rest + before};
}

/// The time in the unit of `T`, rounded down to a tick. Nothing if it is out of the range of `T`.
template <TimePoint T>
[[nodiscard]] std::optional<T> joined_time(const SplitTime& time) {
  using Duration = typename T::duration;
  using Rep = typename Duration::rep;
  using Period = typename Duration::period;
  if constexpr (std::is_floating_point_v<Rep>) {
    const auto seconds = std::chrono::duration<Rep>{static_cast<Rep>(time.second.time_since_epoch().count())} +
                         std::chrono::duration<Rep, std::nano>{static_cast<Rep>(time.fraction.count())};
    return T{std::chrono::duration_cast<Duration>(seconds)};
  } else {
    __extension__ using Wide = __int128;
    constexpr Wide kNanosPerSecond = 1'000'000'000;
    const Wide nanos = Wide{time.second.time_since_epoch().count()} * kNanosPerSecond + time.fraction.count();
    const Wide parts = nanos * Period::den;  // of a tick, which has so many:
    constexpr Wide kParts = kNanosPerSecond * Period::num;
    const Wide ticks = parts / kParts - (parts % kParts < 0 ? 1 : 0);
    if (ticks < std::numeric_limits<Rep>::min() || ticks > std::numeric_limits<Rep>::max()) {
      return std::nullopt;
    }
    return T{Duration{static_cast<Rep>(ticks)}};
  }
}

}  // namespace weir::detail::codec
