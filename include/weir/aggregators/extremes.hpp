#pragma once

#include <functional>
#include <utility>

#include "weir/detail/containers/value_order.hpp"

namespace weir::agg {

namespace detail {
// Keeps the value that goes before all others.
template <typename By, typename GoesBefore>
struct Extreme {
  By by{};

  template <typename V>
  V first(V value) const {
    static_cast<void>(
        std::invoke(by, std::as_const(value)));  // what it throws is this value's fault, not the next one's
    return value;
  }
  template <typename V>
  void add(V& best, V value) const {
    if (GoesBefore{}(std::invoke(by, std::as_const(value)), std::invoke(by, std::as_const(best)))) {
      best = std::move(value);
    }
  }
  template <typename V>
  void merge(V& best, V other) const {
    add(best, std::move(other));
  }
  template <typename V>
  V result(V best) const {
    return best;
  }
};
}  // namespace detail

/// The least value, by `<` on what `by` makes of it; of several the one that came first. (Which one comes first is
/// known only for values of one source partition.)
///
/// Floating-point numbers, also in pairs, tuples, optionals and containers, have one order for all values: NaN comes
/// last, so it is the result only where there is nothing else, and a negative zero is less than a positive one.
template <typename By = std::identity>
struct Min : detail::Extreme<By, weir::detail::containers::GoesBefore<false>> {};

/// The greatest value, as `Min` the least. NaN comes last here too.
template <typename By = std::identity>
struct Max : detail::Extreme<By, weir::detail::containers::GoesBefore<true>> {};

}  // namespace weir::agg
