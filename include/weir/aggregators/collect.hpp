#pragma once

#include <iterator>
#include <utility>
#include <vector>

namespace weir::agg {

/// All values, in the order in which they came; where states are merged, part by part, as `MergeableAggregatorOf`
/// tells.
struct Collect {
  template <typename V>
  std::vector<V> first(V value) const {
    std::vector<V> values;
    values.push_back(std::move(value));
    return values;
  }
  template <typename V>
  void add(std::vector<V>& values, V value) const {
    values.push_back(std::move(value));
  }
  template <typename V>
  void merge(std::vector<V>& values, std::vector<V> others) const {
    values.insert(values.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  }
  template <typename V>
  std::vector<V> result(std::vector<V> values) const {
    return values;
  }
};

}  // namespace weir::agg
