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

/// Makes a keyed step in `skip_errors` or `catch_errors` copy the key's state before its logic sees an item.
struct CopyBefore {};
inline constexpr CopyBefore copy_before{};

namespace detail {

/// A step that declares that it keeps a state for every key.
template <typename Step>
concept KeepsState = requires { requires Step::kKeepsState; };

/// A step made of several steps, of which only the first has logic of the user.
template <typename Step>
concept LogicInFirstStep = requires { requires Step::kLogicInFirstStep; };

/// A step whose logic gets many items at once.
template <typename Step>
concept TakesBatches = requires { requires Step::kTakesBatches; };

/// A step that an error policy can wrap.
template <typename Step, bool kCopyBefore>
concept Guardable = !TakesBatches<Step> && (kCopyBefore || !KeepsState<Step>);

/// Adds a step, and wraps it in a guard.
/// @return  the step's streams, and that of its failures
template <typename Failures, typename Step, typename T>
[[gnu::cold]] auto add_guarded(const char* by, bool copy_before, Step step, const Stream<T>& up) {
  graph::Graph& graph = graph::StreamAccess::graph(up);
  const steps::GuardedStep guarded{.by = by,
                                   .reads = graph::StreamAccess::port(up),
                                   .first = {graph.steps().size()},
                                   .logic_in_first = LogicInFirstStep<Step>,
                                   .copy_before = copy_before};
  auto streams = up | std::move(step);
  auto failures = steps::guard_step<T, Failures>(graph, guarded);
  return std::pair{std::move(streams), std::move(failures)};
}

}  // namespace detail

namespace op {

/// The result of `skip_errors`.
template <typename Step, bool kCopyBefore>
struct [[nodiscard]] SkipErrors {
  Step step;  ///< as `skip_errors` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | skip_errors(...)` calls it.
  /// @throws BuildError  if the step cannot be wrapped
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(!detail::TakesBatches<Step>,
                  "skip_errors: the logic of this step gets many items at once, so it is not known at which of them it "
                  "throws; let it catch what it can, or put the policy around a step before it");
    static_assert(kCopyBefore || detail::TakesBatches<Step> || !detail::KeepsState<Step>,
                  "skip_errors: this step keeps a state for every key, which its logic may have changed when it "
                  "throws; have the state copied first, by skip_errors(step, weir::copy_before)");
    if constexpr (detail::Guardable<Step, kCopyBefore>) {
      static_assert(!std::is_void_v<decltype(up | std::move(step))>,
                    "skip_errors: wraps a step that gives a stream; an output gives none");
      if constexpr (!std::is_void_v<decltype(up | std::move(step))>) {
        const auto guarded =
            detail::add_guarded<detail::steps::SkipFailures<T>>("skip_errors", kCopyBefore, std::move(step), up);
        detail::steps::count_skipped(guarded.second);
        return guarded.first;
      }
    }
  }
};

/// The result of `catch_errors`.
template <typename Step, bool kCopyBefore>
struct [[nodiscard]] CatchErrors {
  Step step;  ///< as `catch_errors` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | catch_errors(...)` calls it.
  /// @throws BuildError  if the step cannot be wrapped
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
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
                    "catch_errors: wraps a step that gives a stream; an output gives none");
      if constexpr (!std::is_void_v<decltype(up | std::move(step))>) {
        return detail::add_guarded<detail::steps::CatchFailures<T>>("catch_errors", kCopyBefore, std::move(step), up);
      }
    }
  }
};

/// Wraps a step: the step drops an item at which its logic throws, and the run continues.
///
///     auto orders = lines | op::skip_errors(op::map("parse", parse));
///     auto balances = payments | op::skip_errors(op::scan("balance", nothing, add), weir::copy_before);
///
/// The run's report counts the dropped items, as the items of a step whose id is this one's with `.skipped` appended.
/// `run_main` reports it at the end.
///
/// An item fails if a callable of the step throws while the step handles it. Other exceptions still stop the run:
/// `std::bad_alloc`, an exception of a step downstream, and one where there is no item: when a timer rings or a window
/// closes, at the end of the input, or during a snapshot.
///
/// A failing item leaves no output, except the elements that a range of `flat_map` gave before it threw. These stay,
/// and the rest of the range is dropped. A container that is returned by value cannot throw there.
///
/// @param step  a step of one input: one of `weir::op`, or a function of a stream that adds a single step. If a step is
///              made of several, only the first has the items of this stream; wrap those of them that may throw. For
///              `count_final`, `deduplicate` and `deduplicate_within` it covers the key function, and for
///              `stateful_flat_map` the mapper. Windows with an `EventClock` are two steps: put `op::event_time` before
///              them, which may have a policy too, and give them `weir::EventTime`.
/// @return      the step's result
/// @throws BuildError  from `operator|`, if the step is made of several, or has a state but no `copy_before`
/// @see Kafka Streams, `ProcessingExceptionHandler`, which continues or fails; Bytewax has no such thing.
template <typename Step>
SkipErrors<Step, false> skip_errors(Step step) {
  return {std::move(step)};
}

/// The same for a keyed step. The key's state is copied before the step's logic sees an item. If the logic throws, the
/// state is as before, a new key stays unknown, and the item has no output. Timers and open windows are part of the
/// state.
///
/// @throws BuildError  also if the state is not `copyable`
/// @remark Costs a copy of the state for every item, which is expensive for large states. Data that a state only points
///         to, or that the logic keeps outside of it, is not copied.
template <typename Step>
SkipErrors<Step, true> skip_errors(Step step, CopyBefore /*copy*/) {
  return {std::move(step)};
}

/// Wraps a step as `skip_errors` does, and adds a stream of the items at which the step's logic threw.
///
///     auto [orders, failed] = lines | op::catch_errors(op::map("parse", parse));
///     failed | op::map("say", [](weir::Failed<std::string> line) { return line.error + ": " + line.item; }) | ...
///
/// The stream is like any other: a failure is in the epoch of its item, and so is exactly-once in the same runs.
/// @return  turns a `Stream<T>` into a pair of the step's result and a `Stream<Failed<T>>`
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
