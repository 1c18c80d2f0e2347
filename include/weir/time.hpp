#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>
#include <utility>

namespace weir {

namespace detail {

/// A duration of any unit in nanoseconds. One out of their range becomes the longest one, or the longest negative one;
/// NaN becomes 0.
template <typename Rep, typename Period>
constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> duration) {
  using std::chrono::nanoseconds;
  using Unit = std::ratio_divide<Period, std::nano>;
  if constexpr (std::integral<Rep> && Unit::den == 1) {
    if (std::cmp_greater(duration.count(), nanoseconds::max().count() / Unit::num)) {
      return nanoseconds::max();
    }
    if (std::cmp_less(duration.count(), nanoseconds::min().count() / Unit::num)) {
      return nanoseconds::min();
    }
    return nanoseconds{static_cast<std::int64_t>(duration.count()) * Unit::num};
  } else {
    const auto count = std::chrono::duration<long double, std::nano>{duration}.count();
    if (count >= static_cast<long double>(nanoseconds::max().count())) {
      return nanoseconds::max();
    }
    if (count <= static_cast<long double>(nanoseconds::min().count())) {
      return nanoseconds::min();
    }
    const nanoseconds whole{count == count ? static_cast<std::int64_t>(count) : 0};
    return whole + nanoseconds{count > static_cast<long double>(whole.count()) ? 1 : 0};  // rounds up
  }
}

}  // namespace detail

/// A point in time: nanoseconds since 1970-01-01 UTC, leap seconds aside. It reaches from 1677 to 2262; the event times
/// of items lie between 1824 and 2116, so that sums with durations stay within reach.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The time of an item for a clock: a point in time of the system's clock, in any unit.
template <typename T>
concept TimePoint = requires { typename T::duration; } &&
                    std::same_as<T, std::chrono::time_point<std::chrono::system_clock, typename T::duration>>;

/// A function that returns the time of a value.
template <typename F, typename V>
concept TimestampOf =
    std::invocable<F&, const V&> && TimePoint<std::remove_cvref_t<std::invoke_result_t<F&, const V&>>>;

/// Event time, read from the items, for steps that know the source partition of each item.
///
///     const weir::EventClock clock{&Click::time, 5s};
///
/// Each partition of the source has a watermark: the latest time of its items so far, minus `max_out_of_orderness`. It
/// promises that no earlier item follows; an item that does follow is late. The watermark of a step is the least over
/// all partitions and workers that feed it. Event time advances by items alone and never by the wall clock, so a replay
/// of the input gives the same results. A partition that has ended does not hold event time back, with one exception:
/// in a run that keeps snapshots and whose inputs all end, the partition may have grown when the next run begins, so
/// event time waits for it until the end of the input.
///
/// @see Tyler Akidau et al., The Dataflow Model, 2015, for watermarks; Flink 1.20, `forBoundedOutOfOrderness` and
/// `withIdleness`. Bytewax 0.21's `EventClock` keeps a watermark for each key instead, which advances with the system's
/// clock between items.
template <typename F>
struct EventClock {
  F timestamp_of;  ///< a `TimestampOf` the values
  /// How much earlier than the latest item another may be; not negative. With `std::chrono::nanoseconds::max()` nothing
  /// is late, and nothing closes before the end of the input.
  std::chrono::nanoseconds max_out_of_orderness{};
  /// The watermark of a step ignores a partition that has ended, or has emitted nothing for this long, until it emits
  /// again. Its next items may be late. Without it, or with `std::chrono::nanoseconds::max()`, a silent partition holds
  /// event time back for ever. Not negative.
  std::optional<std::chrono::nanoseconds> idle_after{};
};

template <typename F>
EventClock(F) -> EventClock<F>;
template <typename F, typename D>
EventClock(F, D) -> EventClock<F>;
template <typename F, typename D, typename I>
EventClock(F, D, I) -> EventClock<F>;

/// Event time where a clock runs upstream already: after `op::event_time`, or after a step over windows.
///
///     const weir::EventTime time{[](const auto& minute) { return minute.window.end - 1ns; }};
///     per_minute.down | op::max_window("busiest", weir::TumblingWindows{time, 1h}, &PerMinute::value)
///
/// Use the last instant of a window as the time of its result. When the result comes, event time has passed the
/// window's start, so a result at the start would be late. The window's end already belongs to the next window.
template <typename F>
struct EventTime {
  F timestamp_of;  ///< a `TimestampOf` the values
};

/// The time at which an item comes to the step, by the system's clock. Results differ from run to run.
///
/// It never goes back and never stands still. When the system's clock is set forward, it follows within an epoch. When
/// the system's clock is set back, it advances by elapsed time from the latest time seen. The windows then have times
/// ahead of the wall clock, until that has caught up, or until a run begins without the snapshot. A run that resumes
/// from a snapshot of a fast clock does the same.
/// @see Flink 1.20, processing time; Bytewax 0.21, `SystemClock`.
struct SystemClock {};

namespace detail {

/// A point in time of any unit. One that a `Time` cannot express becomes the first or the last `Time`.
template <TimePoint T>
constexpr Time saturated(T time) {
  return Time{saturated(time.time_since_epoch())};
}

/// The sum, or the last point in time if the sum lies beyond it.
/// @param duration  not negative
constexpr Time later(Time time, std::chrono::nanoseconds duration) noexcept {
  return duration > Time::max() - std::max(time, Time{}) ? Time::max() : time + duration;
}

/// The progress of event time: no item before `time` follows. If idle, it promises nothing, and no step waits for it.
struct Watermark {
  Time time = Time::min();
  bool idle = false;

  friend bool operator==(const Watermark&, const Watermark&) = default;
};

/// The time at a step.
struct StepTime {
  Time watermark = Time::min();  ///< no item before it follows
  Time system = Time::min();     ///< by the system's clock
};

}  // namespace detail
}  // namespace weir
