#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {

/// A point in time: nanoseconds since 1970-01-01 UTC, leap seconds aside. It reaches from 1677 to 2262; the event times
/// of items lie between 1824 and 2116, so that sums with durations stay within reach.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// What a clock may say of an item's time: a point in time of the system's clock, in any unit.
template <typename T>
concept TimePoint = requires { typename T::duration; } &&
                    std::same_as<T, std::chrono::time_point<std::chrono::system_clock, typename T::duration>>;

/// A function that tells the time of a value.
template <typename F, typename V>
concept TimestampOf =
    std::invocable<F&, const V&> && TimePoint<std::remove_cvref_t<std::invoke_result_t<F&, const V&>>>;

/// Event time, told by the items, where they come from their source.
///
///     const weir::EventClock clock{&Click::time, 5s};
///
/// Each partition of the source has a watermark: the latest time that an item of it had, less `max_out_of_orderness`.
/// It promises that no earlier item follows; an item that does follow is late. The watermark of a step is the least
/// over all partitions and workers that feed it. Event time advances by items alone and never by the clock on the wall,
/// so a replay of the input gives the same results; a partition that has come to its end holds nothing back.
///
/// @see Tyler Akidau et al., The Dataflow Model, 2015, for watermarks; Flink 1.20, `forBoundedOutOfOrderness` and
/// `withIdleness`. Bytewax 0.21's `EventClock` keeps a watermark for each key instead, which goes on with the system's
/// clock between items.
template <typename F>
struct EventClock {
  F timestamp_of;                                   ///< a `TimestampOf` the values
  std::chrono::nanoseconds max_out_of_orderness{};  ///< how far behind the latest item another may be
  /// A partition that has had nothing to give for so long is left out of the least, until it gives something again.
  /// What it then gives may be late. Without it a partition that is silent holds event time back for ever.
  std::optional<std::chrono::nanoseconds> idle_after{};
};

template <typename F>
EventClock(F) -> EventClock<F>;
template <typename F, typename D>
EventClock(F, D) -> EventClock<F>;
template <typename F, typename D, typename I>
EventClock(F, D, I) -> EventClock<F>;

/// Event time where a clock runs upstream already: behind `op::event_time`, or behind a step over windows.
///
///     const weir::EventTime time{[](const auto& minute) { return minute.window.end - 1ns; }};
///     per_minute.down | op::max_window("busiest", weir::TumblingWindows{time, 1h}, &PerMinute::value)
///
/// The time of a window's result is the last instant of the window: when the result comes, event time has passed the
/// window's start, so that would be late, and its end lies in the window behind already.
template <typename F>
struct EventTime {
  F timestamp_of;  ///< a `TimestampOf` the values
};

/// The time at which an item comes to the step, by the system's clock as the run reads it: it does not go back, neither
/// within a run nor in one that goes on from a snapshot. What it leads to differs from run to run.
///
/// @see Flink 1.20, processing time; Bytewax 0.21, `SystemClock`.
struct SystemClock {};

namespace detail {

/// How far event time has come: no item before `time` follows. What is idle makes no promise, and is not waited for.
struct Watermark {
  Time time = Time::min();
  bool idle = false;

  friend bool operator==(const Watermark&, const Watermark&) = default;
};

/// What a step knows of the time.
struct StepTime {
  Time watermark = Time::min();  ///< no item before it follows
  Time system = Time::min();     ///< by the system's clock
};

}  // namespace detail
}  // namespace weir
