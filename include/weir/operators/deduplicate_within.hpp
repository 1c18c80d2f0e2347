#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/joins/deduplicate_within_logic.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/detail/time/duration.hpp"
#include "weir/detail/windows/add_windows.hpp"
#include "weir/key.hpp"
#include "weir/operators/keys.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"
#include "weir/stream.hpp"
#include "weir/time.hpp"

namespace weir {

/// The streams of `deduplicate_within`. A pipe continues with `down`.
template <typename T>
struct DeduplicateStreams {
  Stream<T> down;  ///< the first item of each id, and each that is at least a length away from those
  Stream<T> late;  ///< the items before the watermark: it is no longer known whether they came before

  /// Continues with the stream of the items that stay.
  template <typename Step>
  friend auto operator|(const DeduplicateStreams& streams, Step&& step) {
    return streams.down | std::forward<Step>(step);
  }
};

namespace op {

/// The result of `deduplicate_within`.
template <typename By, typename Clock>
struct [[nodiscard]] DeduplicateWithin {
  static constexpr bool kLogicInFirstStep = true;  ///< made of several steps: an error policy covers the first
  std::string step_id;                             ///< as `deduplicate_within` takes it
  By by;                                           ///< as `deduplicate_within` takes it
  Clock clock;                                     ///< as `deduplicate_within` takes it
  std::chrono::nanoseconds length;                 ///< as `deduplicate_within` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | deduplicate_within(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<By>&, const T&>,
                  "deduplicate_within: by must be callable as Id(const T&)");
    static_assert(detail::windows::kClockOf<Clock, T>,
                  "deduplicate_within: needs a weir::EventClock or weir::EventTime whose timestamp_of takes the "
                  "stream's items, or weir::SystemClock");
    if constexpr (std::invocable<detail::Logic<By>&, const T&> && detail::windows::kClockOf<Clock, T>) {
      using Id = std::decay_t<std::invoke_result_t<detail::Logic<By>&, const T&>>;
      static_assert(Key<Id>,
                    "deduplicate_within: by must return a key: text, an integer, an enum, a point in time, a pair or "
                    "tuple of them, or a type that opts in by weir_key; a floating-point number is none");
      static_assert(serializable<T> || !Key<Id>,
                    "deduplicate_within: items are exchanged by their ids, so they must be serializable: a plain "
                    "aggregate, or a type with cereal's serialize");
      if constexpr (Key<Id> && serializable<T>) {
        detail::time::check_duration(step_id, "length", length);
        return by_id<Id>(up | key_on(step_id + ".key", std::move(by)));
      }
    }
  }

 private:
  template <typename Id, typename T>
  DeduplicateStreams<T> by_id(const Stream<std::pair<Id, T>>& up) {
    const auto add = [this](const auto& clocked, auto make_arrivals) {
      using Arrivals = decltype(make_arrivals(WorkerContext{}));
      auto make = [make_arrivals, within = length](const WorkerContext& worker) {
        return detail::joins::DeduplicateWithinLogic<T, Arrivals>{make_arrivals(worker), within};
      };
      return detail::keyed::add_keyed_outputs<Id, std::pair<Id, T>, std::pair<Id, T>>(
          step_id, "deduplicate_within", clocked, PerWorker<decltype(make)>{std::move(make)});
    };
    const auto [down, late] = detail::windows::with_clock(step_id, detail::keyed::KeyedUpstream<Id, T>{up}, clock, add);
    return {down | key_rm(step_id + ".item"), late | key_rm(step_id + ".late")};
  }
};

/// Emits one item of each id, and forgets the id after a time.
///
///     events | op::deduplicate_within("once", &Event::id, weir::EventClock{&Event::time, 5s}, 10min)
///
/// The step drops an item if it emitted one of the same id whose time is less than `length` away. So `length` counts
/// from the emitted item, however often the id comes again. An emitted item is forgotten when the watermark has passed
/// it by `length`. Items are exchanged by their ids. Items of one id keep the order of each source partition, which
/// decides which one is emitted.
/// @param step_id  unique in the dataflow; names this step in snapshots. Nested steps are `step_id.key`, `step_id.item`
///                 and `step_id.late`, and with an `EventClock` `step_id.clock`.
/// @param by       `Id(const T&)`, or a member; the id must be a `Key`
/// @param clock    an `EventClock`, an `EventTime` where a clock runs upstream, or `SystemClock{}`, by which no item is
///                 late
/// @param length   positive, and at most 36 years. A run may resume with another one; forgotten ids stay forgotten.
/// @return         turns a `Stream<T>` into `DeduplicateStreams<T>`; a pipe continues with its `down`
/// @throws BuildError  from `operator|`, if an id of a step is taken, `length` is out of range, or the clock cannot
///                     know there which partition an item comes from
/// @throws StepError   from `run()` if `by` or `timestamp_of` throws, or for times that cannot be event times
/// @remark State: the times of emitted items that are not forgotten, by ids.
/// @see Spark 4.3, `dropDuplicatesWithinWatermark`, where the length is the delay of the watermark.
template <typename By, typename Clock>
DeduplicateWithin<By, Clock> deduplicate_within(std::string step_id, By by, Clock clock,
                                                std::chrono::nanoseconds length) {
  return {std::move(step_id), std::move(by), std::move(clock), length};
}

}  // namespace op
}  // namespace weir
