#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace weir {

/// What folds values of type `V` into one result, a value at a time:
///
///     State first(V&& value)               the state that one value makes
///     void add(State& so_far, V&& value)
///     void merge(State& so_far, State&& other)   optional; what two states that saw different values are together
///     void subtract(State& so_far, const State& part)   optional; takes off again what was merged
///     Output result(State&& so_far)
///
/// `first` and `result` say by what they return which types these are. weir's own are in `weir::agg`.
template <typename A, typename V>
concept AggregatorOf = std::move_constructible<A> && requires(A& aggregator, V&& value) {
  { aggregator.first(std::move(value)) } -> std::movable;
} && requires(A& aggregator, decltype(aggregator.first(std::declval<V>()))& so_far, V&& value) {
  aggregator.add(so_far, std::move(value));
  { aggregator.result(std::move(so_far)) } -> std::movable;
};

/// The state that an aggregator keeps for values of type `V`.
template <typename A, typename V>
using AggregateState = std::remove_cvref_t<decltype(std::declval<A&>().first(std::declval<V>()))>;

/// What an aggregator makes of its state `S` in the end.
template <typename A, typename S>
using AggregateResult = std::remove_cvref_t<decltype(std::declval<A&>().result(std::declval<S>()))>;

/// An aggregator whose states can be merged, so that values may be folded apart before they meet.
///
/// `merge` leaves what adding the values of `other` would. Steps to the end of the input merge what different workers
/// have folded, each worker's parts in the order in which it folded them. Sessions that meet and the panes of sliding
/// windows are merged in the order of their times: `so_far` is what the earlier part made, `other` what the later one
/// did, each of its values in their order of arrival. Only what was late for some of its sliding windows may be merged
/// behind parts that are later.
template <typename A, typename V>
concept MergeableAggregatorOf =
    AggregatorOf<A, V> && requires(A& aggregator, AggregateState<A, V>& so_far, AggregateState<A, V>&& other) {
      aggregator.merge(so_far, std::move(other));
    };

/// An aggregator whose states can be taken off again: `subtract` with a part that was merged leaves exactly what the
/// others come to. Sliding windows need less time and memory then. Sums of floats are not such: their errors would grow
/// for as long as the windows of a key go on.
template <typename A, typename V>
concept InvertibleAggregatorOf =
    MergeableAggregatorOf<A, V> && requires(A& aggregator, AggregateState<A, V>& so_far,
                                            const AggregateState<A, V>& part) { aggregator.subtract(so_far, part); };

}  // namespace weir
