#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/joins/time_order_logic.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/detail/windows/add_windows.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"
#include "weir/stream.hpp"
#include "weir/time.hpp"

namespace weir {

/// The streams of `in_time_order`. A pipe continues with `down`.
template <typename K, typename V>
struct TimeOrderStreams {
  KeyedStream<K, V> down;  ///< the values in the order of their times
  KeyedStream<K, V> late;  ///< the values before the watermark

  /// Continues with the stream of the ordered items.
  template <typename Step>
  friend auto operator|(const TimeOrderStreams& streams, Step&& step) {
    return streams.down | std::forward<Step>(step);
  }
};

namespace op {

/// The result of `in_time_order`.
template <typename Clock>
struct [[nodiscard]] InTimeOrder {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `in_time_order` takes it
  Clock clock;                               ///< as `in_time_order` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | in_time_order(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "in_time_order: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      return apply_to_keyed(up);
    }
  }

 private:
  template <typename K, typename V>
  [[gnu::cold]] auto apply_to_keyed(const Stream<std::pair<K, V>>& up) {
    constexpr bool kByEventTime = detail::windows::kClockOf<Clock, V> && !std::same_as<Clock, SystemClock>;
    static_assert(Key<K>,
                  "in_time_order: the pair's first must be a key: text, an integer, an enum, a point in time, a pair "
                  "or tuple of them, "
                  "or a type that opts in by weir_key; a floating-point number is none");
    static_assert(serializable<K> && serializable<V>,
                  "in_time_order: values wait for their time in snapshots too, so they must be serializable: a plain "
                  "aggregate, or a type with cereal's serialize");
    static_assert(kByEventTime,
                  "in_time_order: needs a weir::EventClock or weir::EventTime whose timestamp_of takes the stream's "
                  "values; by the system's clock they come in their order already");
    if constexpr (Key<K> && serializable<K> && serializable<V> && kByEventTime) {
      return detail::windows::with_clock(
          step_id, detail::keyed::KeyedUpstream<K, V>{up}, detail::windows::clamped(clock),
          [this](const auto& clocked, auto make_arrivals) {
            using Arrivals = decltype(make_arrivals(WorkerContext{}));
            auto make = [make_arrivals](const WorkerContext& worker) {
              return detail::joins::TimeOrderLogic<V, Arrivals>{make_arrivals(worker)};
            };
            auto [down, late] = detail::keyed::add_keyed_outputs<K, std::pair<K, V>, std::pair<K, V>>(
                step_id, "in_time_order", clocked, PerWorker<decltype(make)>{std::move(make)});
            return TimeOrderStreams<K, V>{down, late};
          });
    }
  }
};

/// Emits the values of each key in the order of their times: holds each back until event time has passed it.
///
///     clicks | op::in_time_order("order", weir::EventClock{&Click::time, 5s}) | op::scan("path", empty, append)
///
/// Values of a key with the same time keep their order of arrival. A value before the watermark of its partition is
/// late. The end of the input emits all held values, in their order too.
/// @param step_id  unique in the dataflow; names this step in snapshots. With an `EventClock` there is a step
///                 `<step_id>.clock` before it.
/// @param clock    an `EventClock`, or an `EventTime` where a clock runs upstream
/// @return         turns a `KeyedStream<K, V>` into `TimeOrderStreams`; a pipe continues with its `down`
/// @throws BuildError  from `operator|`, if `step_id` is taken, or the clock cannot know there which partition
///                     an item comes from
/// @throws StepError   from `run()` if `timestamp_of` throws, or for times that cannot be event times
/// @remark State: the values that event time has not passed. Put it before `collect_window` and `fold_window` for the
///         effect of Bytewax's `ordered=True`.
/// @see Flink 1.20, sorting by time as in `MATCH_RECOGNIZE`; Bytewax 0.21, `collect_window(..., ordered=True)`.
template <typename Clock>
InTimeOrder<Clock> in_time_order(std::string step_id, Clock clock) {
  return {std::move(step_id), std::move(clock)};
}

}  // namespace op
}  // namespace weir
