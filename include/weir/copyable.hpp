#pragma once

#include <concepts>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/codec/reflect.hpp"

namespace weir {
namespace detail {

/// The types of the parts that a type's values are known to be made of.
template <typename T>
struct CopiedParts {
  using type = codec::TypeList<>;
};
template <std::ranges::range R>
  requires(!std::same_as<std::ranges::range_value_t<R>, R>)
struct CopiedParts<R> {
  using type = codec::TypeList<std::ranges::range_value_t<R>>;
};
template <codec::PlainAggregate T>
struct CopiedParts<T> {
  using type = codec::Fields<T>;
};
template <typename First, typename Second>
struct CopiedParts<std::pair<First, Second>> {
  using type = codec::TypeList<First, Second>;
};
template <typename... Ts>
struct CopiedParts<std::tuple<Ts...>> {
  using type = codec::TypeList<Ts...>;
};
template <typename... Ts>
struct CopiedParts<std::variant<Ts...>> {
  using type = codec::TypeList<Ts...>;
};
template <typename T>
struct CopiedParts<std::optional<T>> {
  using type = codec::TypeList<T>;
};

/// A type that is part of itself (`Outer` are the types around it) is as copyable as its other parts. A trivially
/// copied type needs no look at its parts, so bit-fields and anonymous unions can be copied.
template <typename T, typename... Outer>
inline constexpr bool kCopyable = [] {
  if constexpr ((std::same_as<T, Outer> || ...) || std::is_trivially_copy_constructible_v<T>) {
    return true;
  } else if constexpr (!std::is_copy_constructible_v<T>) {
    return false;
  } else {
    return []<typename... Parts>(codec::TypeList<Parts...>) {
      return (kCopyable<std::remove_cv_t<std::remove_all_extents_t<Parts>>, T, Outer...> && ...);
    }(typename CopiedParts<T>::type{});
  }
}();

}  // namespace detail

/// A type that can be copied, looking into ranges, pairs, tuples, optionals, variants and the fields of plain structs:
/// `std::is_copy_constructible_v<std::vector<std::unique_ptr<int>>>` is true, and a copy does not compile.
template <typename T>
concept copyable = detail::kCopyable<std::remove_cv_t<T>>;

}  // namespace weir
