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

/// What `time_to_live` returns.
template <typename Step>
struct [[nodiscard]] WithTimeToLive {
  static constexpr bool kKeepsState = detail::KeepsState<Step>;
  static constexpr bool kLogicInFirstStep = detail::LogicInFirstStep<Step>;
  std::chrono::nanoseconds duration;
  Step step;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(up), duration,
                                            [&] { return up | std::move(step); });
  }
};

/// Stands around a keyed step: the state of a key that has had no item for `duration` is dropped.
///
///     visits | op::time_to_live(30min, op::scan("visits_in_a_row", zero, count))
///
/// Nothing is emitted for it, and what the state held is lost: the next item of the key finds none, as if the key were
/// new, and timers that were set for the key do not ring any more. Time is the system's, as `op::stateful`'s timers
/// have it: how far the times of the items lie apart, and whether the step goes by these, does not matter. A state is
/// dropped some time behind its time; timers and windows whose time has come go first. At the end of the input the
/// states that are there then are treated as ever.
///
/// A key's time begins anew with each item of it that reaches the step, but for those that an error policy leaves out;
/// not when a timer rings. A run that resumes from a snapshot begins anew with all keys, since nobody knows which items
/// came in between.
/// @param duration  positive, and at most 36 years
/// @param step      a step of `weir::op`, or a function of a stream: it holds for all of its steps that keep a state
/// for
///                  every key, but for those that have one already. Joins take `weir::TimeToLive`. The rows of `lookup`
///                  are deleted by updates alone.
/// @return          what the step gives
/// @throws BuildError  where the pipe is written, if the step keeps no state for keys, or if `duration` cannot be
/// @remark State: that of the keys that had an item lately, in memory and in snapshots; and in memory alone the time of
///         each key's last item, for which each item costs a look-up. A run may resume with another time to live, or
///         none.
/// @see Flink 1.20, `StateTtlConfig`, by processing time and `OnCreateAndWrite`. Kafka Streams bounds the
///      state of windows alone, by their retention; Bytewax has no such thing.
template <typename Step>
WithTimeToLive<Step> time_to_live(std::chrono::nanoseconds duration, Step step) {
  static_assert(!detail::AStream<Step>,
                "time_to_live: stands around a step, behind the | of its stream; a join has several streams, and takes "
                "a weir::TimeToLive behind its step_id");
  return {duration, std::move(step)};
}

}  // namespace op
}  // namespace weir
