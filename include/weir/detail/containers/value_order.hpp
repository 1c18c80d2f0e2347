#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail::containers {

/// Whether `<` on these values compares floating-point numbers, so that it alone is no order: it does not order NaN,
/// and treats both zeros as equal.
template <typename T>
inline constexpr bool kHoldsFloats = std::floating_point<T>;
template <typename A, typename B>
inline constexpr bool kHoldsFloats<std::pair<A, B>> =
    kHoldsFloats<std::remove_cvref_t<A>> || kHoldsFloats<std::remove_cvref_t<B>>;
template <typename... Ts>
inline constexpr bool kHoldsFloats<std::tuple<Ts...>> = (kHoldsFloats<std::remove_cvref_t<Ts>> || ...);
template <typename T>
inline constexpr bool kHoldsFloats<std::optional<T>> = kHoldsFloats<T>;
template <typename T, std::size_t kSize>
inline constexpr bool kHoldsFloats<std::array<T, kSize>> = kHoldsFloats<T>;
template <typename T>
inline constexpr bool kHoldsFloats<std::vector<T>> = kHoldsFloats<T>;
template <typename T>
inline constexpr bool kHoldsFloats<std::deque<T>> = kHoldsFloats<T>;
template <typename T>
inline constexpr bool kHoldsFloats<std::list<T>> = kHoldsFloats<T>;

/// A type whose own order leaves some values uncompared, as that of a struct with a floating-point member does.
template <typename T>
concept PartiallyOrdered = requires(const T& a, const T& b) {
  { a <=> b } -> std::same_as<std::partial_ordering>;
};

/// Whether a value goes before another: by `<`, ascending or descending.
///
/// Floating-point numbers have one order for all values, also within pairs, tuples, optionals and containers: a
/// negative zero is less than a positive one, and NaN comes last in both directions. Of types that order themselves
/// only partially, a value that does not compare with itself comes last.
template <bool kDownwards>
struct GoesBefore {
  template <typename A, typename B>
  constexpr bool operator()(const A& a, const B& b) const {
    if constexpr (!std::same_as<A, B>) {
      return by_less(a, b);
    } else if constexpr (std::floating_point<A>) {
      return by_less(a, b) || (!by_less(b, a) && goes_first(a, b));
    } else if constexpr (!kHoldsFloats<A>) {
      return by_own_order(a, b);
    } else if constexpr (requires { std::tuple_size<A>::value; }) {
      return by_parts<0>(a, b);
    } else if constexpr (requires { a.has_value(); }) {
      return a && b ? (*this)(*a, *b) : (kDownwards ? a && !b : b && !a);
    } else {
      return by_elements(a, b);
    }
  }

 private:
  template <typename A, typename B>
  static constexpr bool by_less(const A& a, const B& b) {
    return static_cast<bool>(kDownwards ? b < a : a < b);
  }

  // Neither is less: they are equal, or one of them is NaN.
  template <std::floating_point T>
  static bool goes_first(T a, T b) {
    if (std::isnan(a) != std::isnan(b)) {
      return std::isnan(b);
    }
    return kDownwards ? std::strong_order(b, a) < 0 : std::strong_order(a, b) < 0;
  }

  // False if the type says that the value is unordered, as NaN is.
  template <typename T>
  static constexpr bool compares_with_itself(const T& value) {
    const T& same = value;
    return (value <=> same) == 0;
  }

  template <typename T>
  static constexpr bool by_own_order(const T& a, const T& b) {
    if constexpr (PartiallyOrdered<T>) {
      const bool a_compares = compares_with_itself(a);
      const bool b_compares = compares_with_itself(b);
      if (!a_compares || !b_compares) {
        return a_compares;
      }
    }
    return by_less(a, b);
  }

  template <std::size_t kPart, typename T>
  constexpr bool by_parts(const T& a, const T& b) const {
    if constexpr (kPart == std::tuple_size_v<T>) {
      return false;
    } else {
      using std::get;
      return (*this)(get<kPart>(a), get<kPart>(b)) ||
             (!(*this)(get<kPart>(b), get<kPart>(a)) && by_parts<kPart + 1>(a, b));
    }
  }

  template <typename T>
  constexpr bool by_elements(const T& a, const T& b) const {
    auto left = a.begin();
    auto right = b.begin();
    for (; left != a.end() && right != b.end(); ++left, ++right) {
      if ((*this)(*left, *right)) {
        return true;
      }
      if ((*this)(*right, *left)) {
        return false;
      }
    }
    return kDownwards ? left != a.end() && right == b.end() : left == a.end() && right != b.end();
  }
};

}  // namespace weir::detail::containers
