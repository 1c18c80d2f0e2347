#pragma once

#include <chrono>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/time_to_live.hpp"
#include "weir/operators/on_error.hpp"
#include "weir/stream.hpp"

namespace weir {

namespace detail {

template <typename T>
concept AStream = requires(const T& stream) { graph::StreamAccess::port(stream); };

}  // namespace detail

namespace op {

/// The result of `time_to_live`.
template <typename Step>
struct [[nodiscard]] WithTimeToLive {
  /// As the step that it wraps declares it.
  static constexpr bool kKeepsState = detail::KeepsState<Step>;
  /// As the step that it wraps declares it.
  static constexpr bool kLogicInFirstStep = detail::LogicInFirstStep<Step>;
  std::chrono::nanoseconds duration;  ///< as `time_to_live` takes it
  Step step;                          ///< as `time_to_live` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | time_to_live(...)` calls it.
  /// @throws BuildError  if no step keeps a state for keys
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(up), duration,
                                            [&] { return up | std::move(step); });
  }
};

/// Wraps a keyed step: drops the state of a key that has had no item for `duration`.
///
///     visits | op::time_to_live(30min, op::scan("visits_in_a_row", zero, count))
///
/// The dropped state is lost. The drop emits nothing, the next item of the key finds no state, as if the key were new,
/// and the key's timers do not ring any more. Time is the system's, as for timers of `op::stateful`; the times of the
/// items do not matter, even if the step uses them. The drop comes some time after it is due; due timers and windows go
/// first. The end of the input treats the remaining states as usual.
///
/// Each item of a key that reaches the step restarts the key's time, except items that an error policy drops; a timer
/// does not. A run that resumes from a snapshot restarts the time of all keys, since the snapshot does not have the
/// times of items.
/// @param duration  positive, and at most 36 years
/// @param step      a step of `weir::op`, or a function of a stream. The time to live applies to all of its steps that
///                  keep a state for every key, except those that have one already. Joins take `weir::TimeToLive`. Only
///                  updates delete the rows of `lookup`.
/// @return          the step's result
/// @throws BuildError  from `operator|`, if the step keeps no state for keys, or if `duration` is out of range
/// @remark State: that of keys with a recent item, in memory and in snapshots. The time of each key's last item is in
///         memory only, and costs each item a look-up. A run may resume with another time to live, or none.
/// @see Flink 1.20, `StateTtlConfig`, by processing time and `OnCreateAndWrite`. Kafka Streams bounds the
///      state of windows alone, by their retention; Bytewax has no equivalent.
template <typename Step>
WithTimeToLive<Step> time_to_live(std::chrono::nanoseconds duration, Step step) {
  static_assert(!detail::AStream<Step>,
                "time_to_live: wraps a step, after the | of its stream; a join has several streams, and takes a "
                "weir::TimeToLive after its step_id");
  return {duration, std::move(step)};
}

}  // namespace op
}  // namespace weir
