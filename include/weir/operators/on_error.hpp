#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/copyable.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/steps/guarded_operator.hpp"
#include "weir/failed.hpp"
#include "weir/stream.hpp"

namespace weir {

/// Asks `skip_errors` and `catch_errors` to have a keyed step copy the key's state before its logic sees an item.
struct CopyBefore {};
inline constexpr CopyBefore copy_before{};

namespace detail {

/// A step that is known to keep a state for every key.
template <typename Step>
concept KeepsState = requires { requires Step::kKeepsState; };

/// A step that is made of several, of which only the first has logic of the user.
template <typename Step>
concept LogicInFirstStep = requires { requires Step::kLogicInFirstStep; };

/// A step whose logic gets many items at once.
template <typename Step>
concept TakesBatches = requires { requires Step::kTakesBatches; };

/// A step that an error policy can stand around.
template <typename Step, bool kCopyBefore>
concept Guardable = !TakesBatches<Step> && (kCopyBefore || !KeepsState<Step>);

/// Adds a step, and lets a guard stand around it.
/// @return  the step's streams, and that of its failures
template <typename Failures, typename Step, typename T>
auto add_guarded(const char* by, bool copy_before, Step step, const Stream<T>& up) {
  graph::Graph& graph = graph::StreamAccess::graph(up);
  const steps::GuardedStep guarded{.by = by,
                                   .reads = graph::StreamAccess::port(up),
                                   .first = graph.steps().size(),
                                   .logic_in_first = LogicInFirstStep<Step>,
                                   .copy_before = copy_before};
  auto streams = up | std::move(step);
  auto failures = steps::guard_step<T, Failures>(graph, guarded);
  return std::pair{std::move(streams), std::move(failures)};
}

}  // namespace detail

namespace op {

/// What `skip_errors` returns.
template <typename Step, bool kCopyBefore>
struct [[nodiscard]] SkipErrors {
  Step step;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(!detail::TakesBatches<Step>,
                  "skip_errors: the logic of this step gets many items at once, so it is not known at which of them it "
                  "throws; let it catch what it can, or put the policy around a step before it");
    static_assert(kCopyBefore || detail::TakesBatches<Step> || !detail::KeepsState<Step>,
                  "skip_errors: this step keeps a state for every key, which its logic may have changed when it "
                  "throws; have the state copied first, by skip_errors(step, weir::copy_before)");
    if constexpr (detail::Guardable<Step, kCopyBefore>) {
      static_assert(!std::is_void_v<decltype(up | std::move(step))>,
                    "skip_errors: stands around a step that gives a stream; an output gives none");
      if constexpr (!std::is_void_v<decltype(up | std::move(step))>) {
        const auto guarded =
            detail::add_guarded<detail::steps::SkipFailures<T>>("skip_errors", kCopyBefore, std::move(step), up);
        detail::steps::count_skipped(guarded.second);
        return guarded.first;
      }
    }
  }
};

/// What `catch_errors` returns.
template <typename Step, bool kCopyBefore>
struct [[nodiscard]] CatchErrors {
  Step step;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(copyable<T>,
                  "catch_errors: an item at which the step throws is put out as it came, so each is copied first, and "
                  "must be copyable; op::skip_errors copies none");
    static_assert(
        !detail::TakesBatches<Step>,
        "catch_errors: the logic of this step gets many items at once, so it is not known at which of them it "
        "throws; let it catch what it can, or put the policy around a step before it");
    static_assert(kCopyBefore || detail::TakesBatches<Step> || !detail::KeepsState<Step>,
                  "catch_errors: this step keeps a state for every key, which its logic may have changed when it "
                  "throws; have the state copied first, by catch_errors(step, weir::copy_before)");
    if constexpr (copyable<T> && detail::Guardable<Step, kCopyBefore>) {
      static_assert(!std::is_void_v<decltype(up | std::move(step))>,
                    "catch_errors: stands around a step that gives a stream; an output gives none");
      if constexpr (!std::is_void_v<decltype(up | std::move(step))>) {
        return detail::add_guarded<detail::steps::CatchFailures<T>>("catch_errors", kCopyBefore, std::move(step), up);
      }
    }
  }
};

/// Stands around a step: an item at which the step's logic throws is left out, and the run goes on.
///
///     auto orders = lines | op::skip_errors(op::map("parse", parse));
///     auto balances = payments | op::skip_errors(op::scan("balance", nothing, add), weir::copy_before);
///
/// How many were left out is in the run's report: the items of the step that has this one's id and `.skipped` behind
/// it. `run_main` says it at the end.
///
/// A failure of an item is whatever the step's callables throw while the step deals with it. Still the run is stopped
/// by `std::bad_alloc`, by what a step further down throws, and by what is thrown where there is no item: when a timer
/// rings or a window closes, at the end of the input, or as a snapshot is taken.
///
/// A failing item leaves nothing behind but what a range of `flat_map` gave before it threw: that stays, and the rest
/// of the range is left out. A container that is returned by value cannot throw there.
///
/// @param step  a step of one input: one of `weir::op`, or a function of a stream that adds a single step. Of what is
///              made of several steps only the first has the items of this stream; put this around those of them that
///              may throw. Of `count_final`, `deduplicate` and `deduplicate_within` it minds the key function, and of
///              `stateful_flat_map` the mapper. Windows with an `EventClock` are two steps: put `op::event_time` before
///              them, which may have a policy too, and give them `weir::EventTime`.
/// @return      what the step gives
/// @throws BuildError  where the pipe is written, if the step is made of several, or has a state but no `copy_before`
/// @see Kafka Streams, `ProcessingExceptionHandler`, which continues or fails; Bytewax has no such thing.
template <typename Step>
SkipErrors<Step, false> skip_errors(Step step) {
  return {std::move(step)};
}

/// The same for a keyed step. The key's state is copied before the step's logic sees an item; where that throws, the
/// state is as it was, a key that was new is not known, and nothing that was emitted for the item is put out. Timers
/// and open windows are part of the state.
///
/// @throws BuildError  also if the state is not `copyable`
/// @remark Costs a copy of the state for every item, which is much for large ones. What a state only points to, and
///         what the logic keeps outside of it, is not copied.
template <typename Step>
SkipErrors<Step, true> skip_errors(Step step, CopyBefore /*copy*/) {
  return {std::move(step)};
}

/// Stands around a step as `skip_errors` does, and gives a stream of the items at which the step's logic threw.
///
///     auto [orders, failed] = lines | op::catch_errors(op::map("parse", parse));
///     failed | op::map("say", [](weir::Failed<std::string> line) { return line.error + ": " + line.item; }) | ...
///
/// The stream is like any other: what it gives comes in the epoch of the item, and so is exactly-once in the same runs.
/// @return  turns a `Stream<T>` into a pair of what the step gives and a `Stream<Failed<T>>`
/// @remark Costs a copy of every item.
/// @see Flink, side outputs; Kafka Streams, dead letter queues.
template <typename Step>
CatchErrors<Step, false> catch_errors(Step step) {
  return {std::move(step)};
}

/// The same for a keyed step, as with `skip_errors`.
template <typename Step>
CatchErrors<Step, true> catch_errors(Step step, CopyBefore /*copy*/) {
  return {std::move(step)};
}

}  // namespace op
}  // namespace weir
