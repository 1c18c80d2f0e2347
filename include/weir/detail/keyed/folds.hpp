#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "weir/aggregate.hpp"
#include "weir/reducer.hpp"

namespace weir::detail {

/// When values are folded on their worker, before they cross to the one that owns their key.
enum class FoldFirst : std::uint8_t {
  kIfItPays,
  kAlways,
  kNever,
};

}  // namespace weir::detail

namespace weir::detail::keyed {

/// Whether values may be folded before they cross without being asked for. A reducer of the user need not be
/// associative, and a list of all values is no smaller than they are.
template <typename A>
inline constexpr bool kFoldsUnasked = true;
template <typename Reducer>
inline constexpr bool kFoldsUnasked<agg::Reduce<Reducer>> = false;
template <>
inline constexpr bool kFoldsUnasked<agg::Collect> = false;
template <typename By, typename A>
inline constexpr bool kFoldsUnasked<agg::Of<By, A>> = kFoldsUnasked<A>;

/// Whether a step of this aggregator has the code that folds values before they cross.
template <typename A, typename V, FoldFirst kFolds>
inline constexpr bool kFoldsFirst =
    MergeableAggregatorOf<A, V> &&
    (kFolds == FoldFirst::kAlways || (kFolds == FoldFirst::kIfItPays && kFoldsUnasked<A>));

/// Whether an aggregator's `add` or `merge` is known to leave the state as it is, so that what it does would be lost.
template <typename A, typename S, typename V>
inline constexpr bool kAddsNothing = [] {
  if constexpr (requires { &A::add; }) {
    return graph::kReadsParameter<0, decltype(&A::add)>;
  } else if constexpr (requires { &A::template add<V>; }) {
    return graph::kReadsParameter<0, decltype(&A::template add<V>)>;
  } else if constexpr (requires { &A::template add<S, V>; }) {
    return graph::kReadsParameter<0, decltype(&A::template add<S, V>)>;
  } else {
    return false;
  }
}();
template <typename A, typename S>
inline constexpr bool kMergesNothing = [] {
  if constexpr (requires { &A::merge; }) {
    return graph::kReadsParameter<0, decltype(&A::merge)>;
  } else if constexpr (requires { &A::template merge<S>; }) {
    return graph::kReadsParameter<0, decltype(&A::template merge<S>)>;
  } else {
    return false;
  }
}();

/// Whether an aggregator can fold these values. Where it is made of a reducer or a folder of the user that cannot, a
/// sentence says so, in place of one about aggregators.
template <typename A, typename V>
struct Folds {
  static consteval bool check() {
    if constexpr (AggregatorOf<A, V>) {
      using State = AggregateState<A, V>;
      constexpr bool kFits = !kAddsNothing<A, State, V> && !kMergesNothing<A, State>;
      static_assert(
          kFits,
          "aggregator: add(State& so_far, V&& value) and merge(State& so_far, State&& other) change so_far in "
          "place; one that takes it by value folds nothing");
      return kFits;
    } else {
      return true;
    }
  }
};

template <typename Reducer, typename V>
struct Folds<agg::Reduce<Reducer>, V> {
  static consteval bool check() {
    static_assert(ReducerOf<Reducer, V>,
                  "reduce: reducer must be callable as V(V so_far, V next), or in place as void(V& so_far, V&& next); "
                  "one that returns nothing and takes so_far by value folds nothing");
    return ReducerOf<Reducer, V>;
  }
};

template <typename Initial, typename Folder, typename V>
struct Folds<agg::Fold<Initial, Folder>, V> {
  static consteval bool check() {
    static_assert(std::invocable<Initial&>, "fold: initial must be callable as Fold()");
    if constexpr (std::invocable<Initial&>) {
      constexpr bool kFits = FolderOf<Folder, std::remove_cvref_t<std::invoke_result_t<Initial&>>, V&&>;
      static_assert(kFits,
                    "fold: folder must be callable as void(Fold& so_far, V&& value) and change so_far in place; one "
                    "that takes it by value, or returns the new fold, folds nothing");
      return kFits;
    } else {
      return false;
    }
  }
};

template <typename Initial, typename Folder, typename Merger, typename V>
struct Folds<agg::MergeableFold<Initial, Folder, Merger>, V> {
  static consteval bool check() {
    if constexpr (Folds<agg::Fold<Initial, Folder>, V>::check()) {
      using Fold = std::remove_cvref_t<std::invoke_result_t<Initial&>>;
      static_assert(FolderOf<Merger, Fold, Fold>,
                    "fold: merger must be callable as void(Fold& so_far, Fold&& other) and change so_far in place; one "
                    "that takes it by value, or returns the new fold, merges nothing");
      return FolderOf<Merger, Fold, Fold>;
    } else {
      return false;
    }
  }
};

}  // namespace weir::detail::keyed
