#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/reflect.hpp"

namespace weir {
namespace detail {

template <typename T>
struct CopyableTrait;

/// Whether the parts that a type is known to be made of can be copied.
template <typename T>
struct PartsCopyable : std::true_type {};
template <std::ranges::range R>
  requires(!std::same_as<std::ranges::range_value_t<R>, R>)
struct PartsCopyable<R> : CopyableTrait<std::ranges::range_value_t<R>> {};
template <PlainAggregate T>
  requires(!std::ranges::range<T>)
struct PartsCopyable<T> : std::bool_constant<kAllFields<CopyableTrait, T>> {};
template <typename First, typename Second>
struct PartsCopyable<std::pair<First, Second>>
    : std::bool_constant<CopyableTrait<First>::value && CopyableTrait<Second>::value> {};
template <typename... Ts>
struct PartsCopyable<std::tuple<Ts...>> : std::bool_constant<(CopyableTrait<Ts>::value && ...)> {};
template <typename... Ts>
struct PartsCopyable<std::variant<Ts...>> : std::bool_constant<(CopyableTrait<Ts>::value && ...)> {};
template <typename T>
struct PartsCopyable<std::optional<T>> : CopyableTrait<T> {};

template <typename T>
struct CopyableTrait : std::conjunction<std::is_copy_constructible<T>, PartsCopyable<T>> {};

}  // namespace detail

/// A type that can be copied, looking into ranges, pairs, tuples, optionals, variants and the fields of plain structs:
/// `std::is_copy_constructible_v<std::vector<std::unique_ptr<int>>>` is true, and a copy does not compile.
template <typename T>
concept copyable = detail::CopyableTrait<std::remove_cv_t<T>>::value;

}  // namespace weir
