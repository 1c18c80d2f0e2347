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
    detail::CompensatedSum<double> sum;
    std::uint64_t count = 0;
  };

  template <typename V>
    requires std::is_arithmetic_v<V>
  State first(V value) const noexcept {
    return {{static_cast<double>(value)}, 1};
  }
  template <typename V>
    requires std::is_arithmetic_v<V>
  void add(State& so_far, V value) const noexcept {
    so_far.sum.add(static_cast<double>(value));
    ++so_far.count;
  }
  void merge(State& so_far, const State& other) const noexcept {
    so_far.sum.merge(other.sum);
    so_far.count += other.count;
  }
  double result(const State& so_far) const noexcept { return so_far.sum.value() / static_cast<double>(so_far.count); }
};

}  // namespace weir::agg
