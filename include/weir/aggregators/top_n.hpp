#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "weir/detail/containers/value_order.hpp"

namespace weir::agg {

namespace detail {
template <typename By, typename V>
concept OrdersValues = requires(const By& by, const V& value) {
  { std::invoke(by, value) < std::invoke(by, value) } -> std::convertible_to<bool>;
};
}  // namespace detail

/// The `n` greatest values, greatest first, by `<` on what `by` makes of them. Of equal ones the one that came first
/// goes first, and stays where there is no room for both. (Which one comes first is known only for values of one source
/// partition.) Floating-point numbers are ordered as by `Max`, so NaN comes last.
///
///     sales | op::aggregate_final("largest", weir::agg::TopN{3, &Sale::cents})
template <typename By = std::identity>
struct TopN {
  std::size_t n;  ///< how many values stay
  By by{};        ///< what the values are compared by: a member or a function; by default the values themselves

  /// A list of the first value.
  template <typename V>
    requires detail::OrdersValues<By, V>
  std::vector<V> first(V value) const {
    std::vector<V> greatest;
    static_cast<void>(std::invoke(by, std::as_const(value)));  // what it throws is this value's fault
    add(greatest, std::move(value));
    return greatest;
  }
  /// Says whether the value is among the greatest now.
  template <typename V>
  bool add(std::vector<V>& greatest, V value) const {
    keep_n(greatest);
    const auto place = std::upper_bound(greatest.begin(), greatest.end(), value, goes_before<V>());
    if (greatest.size() < n) {
      greatest.insert(place, std::move(value));
      return true;
    }
    if (place == greatest.end()) {
      return false;
    }
    greatest.back() = std::move(value);
    std::rotate(place, greatest.end() - 1, greatest.end());
    return true;
  }
  /// Merges the list of a later part. Of equal values the earlier one comes first.
  template <typename V>
  void merge(std::vector<V>& greatest, std::vector<V> other) const {
    std::vector<V> own = std::exchange(greatest, {});
    greatest.reserve(own.size() + other.size());
    std::merge(std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()),
               std::make_move_iterator(other.begin()), std::make_move_iterator(other.end()),
               std::back_inserter(greatest), goes_before<V>());
    keep_n(greatest);
  }
  /// At most `n` values, the greatest first.
  template <typename V>
  std::vector<V> result(std::vector<V> greatest) const {
    keep_n(greatest);
    return greatest;
  }
  /// Drops those that are too many, as a state has them that an earlier run kept with a larger `n`.
  /// @return  whether there were any
  template <typename V>
  bool keep_n(std::vector<V>& greatest) const {
    if (greatest.size() <= n) {
      return false;
    }
    greatest.erase(greatest.begin() + static_cast<std::ptrdiff_t>(n), greatest.end());
    return true;
  }

 private:
  template <typename V>
  auto goes_before() const {
    return [this](const V& a, const V& b) {
      return weir::detail::containers::GoesBefore<true>{}(std::invoke(by, a), std::invoke(by, b));
    };
  }
};

}  // namespace weir::agg
