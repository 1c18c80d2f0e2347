#pragma once

#include <iterator>
#include <utility>
#include <vector>

namespace weir::agg {

/// All values, in the order in which they came; where states are merged, part by part, as `MergeableAggregatorOf`
/// tells.
struct Collect {
  /// A list of one value.
  template <typename V>
  std::vector<V> first(V value) const {
    std::vector<V> values;
    values.push_back(std::move(value));
    return values;
  }
  /// Appends the value.
  template <typename V>
  void add(std::vector<V>& values, V value) const {
    values.push_back(std::move(value));
  }
  /// Appends the values of a later part, in their order.
  template <typename V>
  void merge(std::vector<V>& values, std::vector<V> others) const {
    values.insert(values.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  }
  /// The list as it is.
  template <typename V>
  std::vector<V> result(std::vector<V> values) const {
    return values;
  }
};

}  // namespace weir::agg
