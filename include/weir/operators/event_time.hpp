#pragma once

#include <string>
#include <utility>

#include "weir/detail/time/clock_operator.hpp"
#include "weir/stream.hpp"
#include "weir/time.hpp"

namespace weir::op {

/// The result of `event_time`.
template <typename F>
struct [[nodiscard]] EventTimeStep {
  std::string step_id;  ///< as `event_time` takes it
  EventClock<F> clock;  ///< as `event_time` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | event_time(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(TimestampOf<detail::Logic<F>, T>,
                  "event_time: timestamp_of must be callable with the stream's item and return a point in time of "
                  "std::chrono::system_clock");
    if constexpr (TimestampOf<detail::Logic<F>, T>) {
      return detail::time::add_clock<detail::time::ItemItsTime>(std::move(step_id), up, std::move(clock));
    }
  }
};

/// Makes event time flow with the items, for all steps downstream that use `weir::EventTime` or set timers.
///
///     auto events = flow.input("log", log) | op::event_time("clock", weir::EventClock{&Event::time, 5s})
///                 | op::redistribute("spread") | op::map("parse", parse);
///     events | op::key_on("user", &Parsed::user)
///            | op::count_window("per_minute", weir::TumblingWindows{weir::EventTime{&Parsed::time}, 1min})
///
/// Use it where steps between the source and the windows change the worker of items, or hold items back; elsewhere the
/// windows can have the clock themselves. Items pass unchanged and in order.
/// @param step_id  unique in the dataflow; names the watermarks of the partitions in snapshots
/// @param clock    its `timestamp_of` takes the stream's item
/// @throws BuildError  from `operator|`, if the partition of an item is unknown there: after an exchange, a merge of
///                     different sources, or `flat_map_batch`
/// @remark State: a watermark for each partition of the source.
/// @see Flink 1.20, `assignTimestampsAndWatermarks`.
template <typename F>
EventTimeStep<F> event_time(std::string step_id, EventClock<F> clock) {
  return {std::move(step_id), std::move(clock)};
}

}  // namespace weir::op
