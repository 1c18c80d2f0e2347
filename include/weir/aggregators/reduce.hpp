#pragma once

#include <functional>
#include <utility>

#include "weir/reducer.hpp"

namespace weir::agg {

/// What a `ReducerOf` the values makes of them, beginning with the first. Where states are merged, as
/// `MergeableAggregatorOf` tells, it reduces what the parts made, so it must be associative there.
template <typename Reducer>
struct Reduce {
  Reducer reducer;  ///< a `ReducerOf` the values

  /// The value itself: the reducer runs from the second value on.
  template <typename V>
    requires ReducerOf<Reducer, V>
  V first(V value) const {
    return value;
  }
  /// Reduces `so_far` and the next value, in their order.
  template <typename V>
  void add(V& so_far, V value) {
    if constexpr (ReducesInPlace<Reducer, V>) {
      std::invoke(reducer, so_far, std::move(value));
    } else {
      so_far = static_cast<V>(std::invoke(reducer, std::move(so_far), std::move(value)));
    }
  }
  /// Reduces the results of two parts, the earlier one first.
  template <typename V>
  void merge(V& so_far, V other) {
    add(so_far, std::move(other));
  }
  /// The value that is left.
  template <typename V>
  V result(V so_far) const {
    return so_far;
  }
};

}  // namespace weir::agg
