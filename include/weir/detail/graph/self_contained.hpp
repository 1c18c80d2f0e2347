#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/graph/signature.hpp"

namespace weir::detail::graph {

/// A container: it owns its elements, and they lie in memory.
template <typename C>
concept OwningContainer =
    std::ranges::input_range<C> && !std::ranges::view<C> && std::default_initializable<C> &&
    std::same_as<std::remove_const_t<std::remove_reference_t<std::ranges::range_reference_t<C>>>,
                 std::ranges::range_value_t<C>> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<C>> && requires(C& container) { container.clear(); };

/// The types of all parts of a type's values, if they are known; `kKnown` says whether they are.
///
/// They are unknown for a trivially copied class of the user: inspecting it would rule out bit-fields and anonymous
/// unions.
template <typename T>
struct OwnedParts {
  static constexpr bool kKnown = std::is_arithmetic_v<T> || std::is_enum_v<T> || std::same_as<T, std::monostate>;
  using type = codec::TypeList<>;
};

template <typename... Ts>
struct KnownParts {
  static constexpr bool kKnown = true;
  using type = codec::TypeList<Ts...>;
};

template <typename Char, typename Traits, typename Allocator>
struct OwnedParts<std::basic_string<Char, Traits, Allocator>> : KnownParts<> {};
template <typename Rep, typename Period>
struct OwnedParts<std::chrono::duration<Rep, Period>> : KnownParts<Rep> {};
template <typename Clock, typename Duration>
struct OwnedParts<std::chrono::time_point<Clock, Duration>> : KnownParts<Duration> {};
template <typename First, typename Second>
struct OwnedParts<std::pair<First, Second>> : KnownParts<std::remove_const_t<First>, Second> {};
template <typename... Ts>
struct OwnedParts<std::tuple<Ts...>> : KnownParts<Ts...> {};
template <typename... Ts>
struct OwnedParts<std::variant<Ts...>> : KnownParts<Ts...> {};
template <typename T>
struct OwnedParts<std::optional<T>> : KnownParts<T> {};
template <typename T, std::size_t kSize>
struct OwnedParts<std::array<T, kSize>> : KnownParts<T> {};
template <OwningContainer C>
struct OwnedParts<C> : KnownParts<std::ranges::range_value_t<C>> {};
template <typename T>
  requires(std::is_class_v<T> && !std::is_trivially_copy_constructible_v<T> && !std::ranges::range<T>) &&
          codec::PlainAggregate<T>
struct OwnedParts<T> {
  static constexpr bool kKnown = true;
  using type = codec::Fields<T>;
};

// Views that contain their values, and views made from these by functions without captures.
template <typename T, typename Bound>
struct OwnedParts<std::ranges::iota_view<T, Bound>> : KnownParts<T> {};
template <typename T>
struct OwnedParts<std::ranges::single_view<T>> : KnownParts<T> {};
template <typename T>
struct OwnedParts<std::ranges::empty_view<T>> : KnownParts<> {};
template <typename Range>
struct OwnedParts<std::ranges::owning_view<Range>> : KnownParts<Range> {};
template <typename View>
struct OwnedParts<std::ranges::take_view<View>> : KnownParts<View> {};
template <typename View, typename F>
  requires std::is_empty_v<F>
struct OwnedParts<std::ranges::transform_view<View, F>> : KnownParts<View> {};
template <typename View, typename F>
  requires std::is_empty_v<F>
struct OwnedParts<std::ranges::filter_view<View, F>> : KnownParts<View> {};

/// Whether a type's values are known to own all their parts, so that they refer to no value elsewhere. A type that is
/// part of itself (`Outer` are the types around it) does if its other parts do.
template <typename T, typename... Outer>
inline constexpr bool kSelfContained = [] {
  if constexpr ((std::same_as<T, Outer> || ...)) {
    return true;
  } else if constexpr (!OwnedParts<T>::kKnown) {
    return false;
  } else {
    return []<typename... Parts>(codec::TypeList<Parts...>) {
      return (kSelfContained<Parts, T, Outer...> && ...);
    }(typename OwnedParts<T>::type{});
  }
}();

/// Whether a view may have no end, so that walking all of it may never finish.
template <typename View>
inline constexpr bool kMayBeEndless = [] {
  if constexpr (std::same_as<std::ranges::sentinel_t<View>, std::unreachable_sentinel_t>) {
    return true;
  } else if constexpr (std::ranges::sized_range<View>) {
    return false;
  } else if constexpr (requires(View view) { std::move(view).base(); }) {
    return kMayBeEndless<std::remove_cvref_t<decltype(std::declval<View>().base())>>;
  } else {
    return !std::ranges::forward_range<View>;
  }
}();
template <typename View>
inline constexpr bool kMayBeEndless<std::ranges::take_view<View>> = false;

/// A view with an end that may refer to values elsewhere. Its elements can be collected while those are valid.
template <typename Range>
inline constexpr bool kCollects = [] {
  if constexpr (std::ranges::view<Range> && !kSelfContained<Range>) {
    return !kMayBeEndless<Range>;
  } else {
    return false;
  }
}();

template <typename Range>
struct CollectedFrom {
  using type = std::vector<std::ranges::range_value_t<Range>>;
};

/// The elements of a view, as values of their own.
template <typename View>
typename CollectedFrom<View>::type collected(View&& view) {
  typename CollectedFrom<View>::type elements;
  if constexpr (std::ranges::sized_range<View>) {
    elements.reserve(static_cast<std::size_t>(std::ranges::size(view)));
  }
  for (auto&& element : view) {
    elements.push_back(std::forward<decltype(element)>(element));
  }
  return elements;
}

/// Whether a callable is known to take this argument by value, so that its result cannot refer to the caller's.
template <typename F, std::size_t kIndex>
inline constexpr bool kTakesByValue = [] {
  if constexpr (HasSignature<F>) {
    return !std::is_reference_v<typename Signature<F>::template Parameter<kIndex>>;
  } else {
    return false;
  }
}();

}  // namespace weir::detail::graph
