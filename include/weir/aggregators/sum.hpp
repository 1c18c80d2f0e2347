#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <utility>

namespace weir::agg {

namespace detail {
// A sum of floating-point numbers, and what was rounded off.
template <std::floating_point F>
struct CompensatedSum {
  F sum = 0;
  F lost = 0;

  void add(F value) noexcept {
    const F total = sum + value;
    const F added = total - sum;
    lost += (sum - (total - added)) + (value - added);
    sum = total;
  }
  void merge(const CompensatedSum& other) noexcept {
    add(other.sum);
    lost += other.lost;
  }
  [[nodiscard]] F value() const noexcept { return std::isfinite(sum) ? sum + lost : sum; }
};

template <typename S>
inline constexpr bool kIsCompensated = false;
template <typename F>
inline constexpr bool kIsCompensated<CompensatedSum<F>> = true;

template <typename V>
struct SumOf {
  using type = V;
};
template <typename V>
  requires std::floating_point<V>
struct SumOf<V> {
  using type = CompensatedSum<double>;
};
template <typename V>
  requires std::signed_integral<V>
struct SumOf<V> {
  using type = std::int64_t;
};
template <typename V>
  requires std::unsigned_integral<V>
struct SumOf<V> {
  using type = std::uint64_t;
};
template <>
struct SumOf<long double> {
  using type = CompensatedSum<long double>;
};
}  // namespace detail

/// The values' sum, by `+=`. Integers are added up in 64 bits and wrap around there.
///
/// Floating-point numbers are added up in double, or in long double, with what each addition rounds off kept beside: so
/// the order in which they come, how they are dealt to workers, and panes change the result in its last bit at most; in
/// more where they cancel out to less than some 2^-50 of the greatest, or where a sum on the way overflows.
/// @see A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974; T. Ogita et al.,
///      Accurate sum and dot product, 2005
struct Sum {
  /// The sum of one value, in the type of the sum.
  template <typename V>
  typename detail::SumOf<V>::type first(V value) const {
    static_assert(
        std::floating_point<V> || requires(V& sum, V&& next) { sum += std::move(next); },
        "sum: the values must be numbers, or have +=; add up a member by naming it, or use op::reduce_final");
    if constexpr (std::floating_point<V>) {
      return {value};
    } else {
      return static_cast<typename detail::SumOf<V>::type>(std::move(value));
    }
  }
  /// Adds a value. Integers wrap around in 64 bits.
  template <typename S, typename V>
  void add(S& sum, V value) const {
    if constexpr (std::floating_point<V>) {
      sum.add(value);
    } else {
      merge(sum, first(std::move(value)));
    }
  }
  /// Adds the sum of another part.
  template <typename S>
  void merge(S& sum, S other) const {
    if constexpr (detail::kIsCompensated<S>) {
      sum.merge(other);
    } else if constexpr (std::signed_integral<S>) {  // whose overflow is not defined
      sum = static_cast<S>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(other));
    } else if constexpr (requires { sum += std::move(other); }) {  // else `first` says what is wrong
      sum += std::move(other);
    }
  }
  /// For sliding windows: takes the sum of the oldest part away. Integers only, since floating-point sums do not come
  /// back.
  template <std::integral S>
  void subtract(S& sum, S part) const noexcept {
    sum = static_cast<S>(static_cast<std::uint64_t>(sum) - static_cast<std::uint64_t>(part));
  }
  /// The sum of integers, as it is.
  template <typename S>
  S result(S sum) const {
    return sum;
  }
  /// The floating-point sum, corrected by the rounding errors that it kept.
  template <typename F>
  F result(detail::CompensatedSum<F> sum) const {
    return sum.value();
  }
};

}  // namespace weir::agg
