#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "weir/aggregator.hpp"

namespace weir::agg {

/// What another aggregator makes of a part of each value.
///
///     agg::Of{&Reading::celsius, agg::Mean{}}
template <typename By, typename Aggregator>
struct Of {
  By by{};                  ///< `Part(const V&)`: a member or a function that gives the part
  Aggregator aggregator{};  ///< folds the parts

  /// What the aggregator gets of a value `V`: always a copy.
  template <typename V>
  using Part = std::remove_cvref_t<std::invoke_result_t<const By&, const V&>>;

  /// The state of the first value's part.
  template <typename V>
    requires std::invocable<const By&, const V&> && AggregatorOf<Aggregator, Part<V>>
  auto first(const V& value) {
    return aggregator.first(Part<V>{std::invoke(by, value)});
  }
  /// Adds the part of a value.
  template <typename S, typename V>
  void add(S& so_far, const V& value) {
    aggregator.add(so_far, Part<V>{std::invoke(by, value)});
  }
  /// Only where the aggregator can merge.
  template <typename S>
    requires requires(Aggregator& merging, S& so_far, S&& other) { merging.merge(so_far, std::move(other)); }
  void merge(S& so_far, S other) {
    aggregator.merge(so_far, std::move(other));
  }
  /// Only where the aggregator can subtract, as for sliding windows.
  template <typename S>
    requires requires(Aggregator& subtracting, S& so_far, const S& part) { subtracting.subtract(so_far, part); }
  void subtract(S& so_far, const S& part) {
    aggregator.subtract(so_far, part);
  }
  /// The result of the aggregator.
  template <typename S>
  auto result(S so_far) {
    return aggregator.result(std::move(so_far));
  }
};

}  // namespace weir::agg
