#pragma once

#include <cstdint>
#include <type_traits>

#include "weir/aggregators/sum.hpp"

namespace weir::agg {

/// The arithmetic mean, in double; its sum is as `Sum` adds up floating-point numbers, so the order of the values
/// changes the last bit at most, as it does that of `Sum`.
struct Mean {
  /// The values so far.
  struct State {
    detail::CompensatedSum<double> sum;  ///< with its rounding error
    std::uint64_t count = 0;             ///< at least 1
  };

  /// The state of one value.
  template <typename V>
    requires std::is_arithmetic_v<V>
  State first(V value) const noexcept {
    return {{static_cast<double>(value)}, 1};
  }
  /// Adds a value, which becomes a `double` first.
  template <typename V>
    requires std::is_arithmetic_v<V>
  void add(State& so_far, V value) const noexcept {
    so_far.sum.add(static_cast<double>(value));
    ++so_far.count;
  }
  /// Adds the values of another part.
  void merge(State& so_far, const State& other) const noexcept {
    so_far.sum.merge(other.sum);
    so_far.count += other.count;
  }
  /// The sum divided by the count; NaN if a value was NaN.
  double result(const State& so_far) const noexcept { return so_far.sum.value() / static_cast<double>(so_far.count); }
};

}  // namespace weir::agg
