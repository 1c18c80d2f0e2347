#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/folds.hpp"
#include "weir/detail/windows/add_windows.hpp"
#include "weir/errors.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/reducer.hpp"
#include "weir/serialize.hpp"
#include "weir/window.hpp"

namespace weir::op {

/// The result of `aggregate_window` and its relatives.
template <typename Windows, typename Aggregator>
struct [[nodiscard]] AggregateWindow {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `aggregate_window` takes it
  Windows windows;                           ///< as `aggregate_window` takes it
  Aggregator aggregator;                     ///< as `aggregate_window` takes it
  const char* op = "aggregate_window";       ///< the operator's name in reports and drawings
  /// What a snapshot notes beside the states.
  detail::snapshot::StateSettings settings = detail::settings_of(aggregator);

  /// Adds the step to the dataflow of `up`, and returns its result. `up | aggregate_window(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(
        KeyedItem<T>,
        "aggregate_window and its kin need a keyed stream, one of std::pair<Key, Value>; put op::key_on before them");
    if constexpr (KeyedItem<T>) {
      return apply_to_keyed(up);
    }
  }

 private:
  template <typename K, typename V>
  [[gnu::cold]] auto apply_to_keyed(const Stream<std::pair<K, V>>& up) {
    using A = detail::Logic<Aggregator>;
    static_assert(Key<K>,
                  "aggregate_window: the pair's first must be a key: text, an integer, an enum, a point in time, a "
                  "pair or tuple of them, "
                  "or a type that opts in by weir_key; a floating-point number is none");
    static_assert(
        serializable<V> && serializable<K>,
        "aggregate_window: keys and values cross workers, so they must be serializable: a plain aggregate, or "
        "a type with cereal's serialize");
    constexpr bool kFolds = detail::keyed::Folds<A, V>::check();
    static_assert(
        AggregatorOf<A, V> || !kFolds,
        "aggregate_window: the aggregator cannot fold these values; see weir/aggregate.hpp for what it needs");
    if constexpr (Key<K> && serializable<V> && serializable<K> && kFolds && AggregatorOf<A, V>) {
      static_assert(serializable<AggregateState<A, V>>,
                    "aggregate_window: the states of windows are kept in snapshots, so they must be serializable");
      static_assert(
          detail::windows::WindowsOf<Windows, V>,
          "aggregate_window: needs windows, such as weir::TumblingWindows{clock, length}, whose clock is a "
          "weir::EventClock, weir::EventTime or weir::SystemClock with a timestamp_of for the stream's values");
      static_assert(!detail::windows::kMerging<Windows> || MergeableAggregatorOf<A, V>,
                    "aggregate_window: sessions merge, so the aggregator needs merge(State& so_far, State&& other); "
                    "fold_window takes a merger for it");
      if constexpr (serializable<AggregateState<A, V>> && detail::windows::WindowsOf<Windows, V> &&
                    (!detail::windows::kMerging<Windows> || MergeableAggregatorOf<A, V>)) {
        using Upstream = detail::keyed::KeyedUpstream<K, V>;
        return detail::windows::WindowsBuilder<K, Upstream, Aggregator>{std::move(step_id), op, std::move(aggregator),
                                                                        std::move(settings)}
            .add(Upstream{up}, std::move(windows));
      }
    }
  }
};

}  // namespace weir::op

namespace weir::detail {

/// A step over windows that folds by the aggregator that `make(worker)` makes.
template <typename Windows, typename Make>
op::AggregateWindow<Windows, PerWorker<Make>> window_by(std::string step_id, const char* op, Windows windows,
                                                        Make make) {
  return {std::move(step_id), std::move(windows), {std::move(make)}, op};
}

}  // namespace weir::detail

namespace weir::op {

/// Folds the values of each key that lie in the same window, and emits the result when the window closes.
///
///     auto [down, late, meta] = orders | op::key_on("shop", &Order::shop)
///         | op::aggregate_window("top", weir::TumblingWindows{weir::EventClock{&Order::time, 5s}, 1h}, agg::TopN{10});
///
/// @param step_id     unique in the dataflow; names this step in snapshots. With an `EventClock` there is a step
///                    `<step_id>.clock` before it.
/// @param windows     `TumblingWindows`, `SlidingWindows`, `SessionWindows`, `CountWindows` or `GlobalWindows`; their
///                    clock's `timestamp_of` takes the values
/// @param aggregator  an `AggregatorOf` the values; sessions need one whose states can be merged
/// @return            `WindowStreams`: turns a `KeyedStream<K, V>` into a `KeyedStream<K, InWindow<Result>>`, and
///                    streams of late values and of window events. The windows of a key come in the order of their
///                    ends; a pipe continues with the results.
/// @throws BuildError  from `operator|`, if `step_id` is taken, a length is not positive or longer than 36
///                     years, or the clock cannot know there which partition an item comes from
/// @throws StepError   from `run()` if the aggregator or `timestamp_of` throws, or for times that cannot be event times
/// @remark State: a fold for each open window of a key, and with `allowed_lateness` for each closed one that is kept;
///         sliding windows whose folds can be merged and copied have one for each pane. A key whose windows have closed
///         has no state, except with `CountWindows` and `GlobalWindows`.
/// @see Flink 1.20, `WindowedStream.aggregate`; Kafka Streams, `TimeWindowedKStream.aggregate`.
template <typename Windows, typename Aggregator>
AggregateWindow<Windows, Aggregator> aggregate_window(std::string step_id, Windows windows, Aggregator aggregator) {
  return {std::move(step_id), std::move(windows), std::move(aggregator)};
}

/// Counts the values in each window, as `aggregate_window` with `agg::Count`.
///
/// @see Bytewax 0.21, operator `count_window`.
template <typename Windows>
AggregateWindow<Windows, agg::Count> count_window(std::string step_id, Windows windows) {
  return {std::move(step_id), std::move(windows), {}, "count_window"};
}

/// Adds up the results of `by` for the values in each window, as `aggregate_window` with `agg::Sum`.
///
///     orders | op::sum_window("turnover", weir::TumblingWindows{clock, 1h}, &Order::cents)
///
/// @param by  the part of a value to add up; the value itself by default
/// @see Flink 1.20, `WindowedStream.sum`.
template <typename Windows, typename By = std::identity>
AggregateWindow<Windows, agg::Of<By, agg::Sum>> sum_window(std::string step_id, Windows windows, By by = {}) {
  return {std::move(step_id), std::move(windows), {std::move(by), {}}, "sum_window"};
}

/// The mean of the results of `by`, numbers, for the values in each window, as `aggregate_window` with `agg::Mean`.
///
/// @param by  the part of a value that counts; the value itself by default
template <typename Windows, typename By = std::identity>
AggregateWindow<Windows, agg::Of<By, agg::Mean>> mean_window(std::string step_id, Windows windows, By by = {}) {
  return {std::move(step_id), std::move(windows), {std::move(by), {}}, "mean_window"};
}

/// The least value in each window, as `aggregate_window` with `agg::Min`.
///
/// @param by  values are compared by its result
/// @see Bytewax 0.21, operator `min_window`.
template <typename Windows, typename By = std::identity>
AggregateWindow<Windows, agg::Min<By>> min_window(std::string step_id, Windows windows, By by = {}) {
  return {std::move(step_id), std::move(windows), {{std::move(by)}}, "min_window"};
}

/// The greatest value in each window, as `aggregate_window` with `agg::Max`.
///
/// @param by  values are compared by its result
/// @see Bytewax 0.21, operator `max_window`.
template <typename Windows, typename By = std::identity>
AggregateWindow<Windows, agg::Max<By>> max_window(std::string step_id, Windows windows, By by = {}) {
  return {std::move(step_id), std::move(windows), {{std::move(by)}}, "max_window"};
}

/// All values in each window, as a `std::vector` in their order of arrival; after `op::in_time_order` that is the order
/// of their times.
///
/// Sliding windows emit them pane by pane, and merged sessions session by session, the earlier one first and each in
/// order of arrival.
/// @remark State: the values themselves; other steps over windows keep one fold for all of them.
/// @see Bytewax 0.21, operator `collect_window`.
template <typename Windows>
AggregateWindow<Windows, agg::Collect> collect_window(std::string step_id, Windows windows) {
  return {std::move(step_id), std::move(windows), {}, "collect_window"};
}

/// Folds the values in each window by `reducer`, beginning with the first, as `aggregate_window` with `agg::Reduce`.
///
/// @param reducer  a `ReducerOf` the value. It also merges partial results, in sessions and sliding windows, so it must
///                 be associative. It gets the earlier part first, and the values of a part in order of arrival; so it
///                 must also be commutative if the order of arrival is not that of the times.
/// @see Bytewax 0.21, operator `reduce_window`.
template <typename Windows, typename Reducer>
auto reduce_window(std::string step_id, Windows windows, Reducer reducer) {
  return detail::window_by(std::move(step_id), "reduce_window", std::move(windows),
                           [reducer = std::move(reducer)](WorkerContext worker) {
                             return agg::Reduce<detail::Logic<Reducer>>{detail::make_logic(reducer, worker)};
                           });
}

/// Folds the values in each window into the result of `initial()`, as `aggregate_window` with `agg::Fold`.
///
///     clicks | op::fold_window("pages", windows, [] { return std::set<Page>{}; },
///                              [](std::set<Page>& pages, Click&& click) { pages.insert(click.page); })
///
/// @param initial  makes the fold of a new window
/// @param folder   `(Fold& so_far, V&& value)`, for each value in the order of each source partition
/// @see Bytewax 0.21, operator `fold_window`.
template <typename Windows, typename Initial, typename Folder>
auto fold_window(std::string step_id, Windows windows, Initial initial, Folder folder) {
  return detail::window_by(std::move(step_id), "fold_window", std::move(windows),
                           [initial = std::move(initial), folder = std::move(folder)](WorkerContext worker) {
                             return agg::Fold<detail::Logic<Initial>, detail::Logic<Folder>>{
                                 detail::make_logic(initial, worker), detail::make_logic(folder, worker)};
                           });
}

/// The same with `merger(Fold& so_far, Fold&& other)`, which sessions need, and which lets sliding windows share panes.
template <typename Windows, typename Initial, typename Folder, typename Merger>
auto fold_window(std::string step_id, Windows windows, Initial initial, Folder folder, Merger merger) {
  return detail::window_by(
      std::move(step_id), "fold_window", std::move(windows),
      [initial = std::move(initial), folder = std::move(folder), merger = std::move(merger)](WorkerContext worker) {
        return agg::MergeableFold<detail::Logic<Initial>, detail::Logic<Folder>, detail::Logic<Merger>>{
            {detail::make_logic(initial, worker), detail::make_logic(folder, worker)},
            detail::make_logic(merger, worker)};
      });
}

}  // namespace weir::op
