#pragma once

#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/container_codec.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

// Why a type is not serializable. Compilers name these types when `serializable` is not satisfied.

struct NotFound {};
struct PointersCannotCrossWorkers {};
struct ViewsReferToValuesOfAnotherWorker {};
struct HasNoDefaultConstructor {};
struct HasVirtualFunctions {};
struct HasBitFields {};
struct HasCArrays {};
struct HasBaseClasses {};
struct HasMoreThan100Fields {};
struct IsNoPlainStructAndHasNoFunctionsOfCereal {};

/// The field of a struct, counted from 1.
template <typename Struct, std::size_t kNumber, typename Type, typename Why>
struct Field {};
/// A part of a container, a pair, an optional or a similar type.
template <typename Whole, typename Part, typename Why>
struct PartOf {};

template <typename T>
inline constexpr bool kIsPointer = std::is_pointer_v<T> || std::is_member_pointer_v<T>;
template <typename T>
inline constexpr bool kIsPointer<std::shared_ptr<T>> = true;
template <typename T>
inline constexpr bool kIsPointer<std::weak_ptr<T>> = true;
template <typename T, typename Deleter>
inline constexpr bool kIsPointer<std::unique_ptr<T, Deleter>> = true;

/// Why a type has no codec, regardless of its parts.
template <typename T>
consteval auto why_no_codec() {
  if constexpr (kIsPointer<T>) {
    return PointersCannotCrossWorkers{};
  } else if constexpr (std::ranges::range<T> && std::ranges::view<T>) {
    return ViewsReferToValuesOfAnotherWorker{};
  } else if constexpr (std::is_polymorphic_v<T>) {
    return HasVirtualFunctions{};
  } else if constexpr (!std::is_default_constructible_v<T>) {
    return HasNoDefaultConstructor{};
  } else if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T> || std::ranges::range<T>) {
    return IsNoPlainStructAndHasNoFunctionsOfCereal{};
  } else if constexpr (HasBases<T>) {
    return HasBaseClasses{};
  } else if constexpr (kFieldCount<T> > kMaxFields) {
    return HasMoreThan100Fields{};
  } else if constexpr (kHasArrays<T>) {
    return HasCArrays{};
  } else if constexpr (kHasBitFields<T, kFieldCount<T>>) {
    return HasBitFields{};
  } else {
    return IsNoPlainStructAndHasNoFunctionsOfCereal{};
  }
}

/// Why a type is not serializable; `Outer` are the types around it.
template <typename T, typename... Outer>
struct WhyNot;

template <typename Whole, typename Parts, std::size_t kNumber, typename... Outer>
struct FirstOf {
  using type = NotFound;
};
template <typename Whole, typename First, typename... More, std::size_t kNumber, typename... Outer>
struct FirstOf<Whole, TypeList<First, More...>, kNumber, Outer...> {
  static consteval auto find() {
    if constexpr (kSerializable<First, Whole, Outer...>) {
      return std::type_identity<typename FirstOf<Whole, TypeList<More...>, kNumber + 1, Outer...>::type>{};
    } else {
      using Why = typename WhyNot<First, Whole, Outer...>::type;
      return std::type_identity<
          std::conditional_t<Reflected<Whole>, Field<Whole, kNumber, First, Why>, PartOf<Whole, First, Why>>>{};
    }
  }
  using type = typename decltype(find())::type;
};

template <typename T, typename... Outer>
struct WhyNot {
  static consteval auto find() {
    if constexpr (!HasCodec<T>) {
      return std::type_identity<decltype(why_no_codec<T>())>{};
    } else {
      return std::type_identity<typename FirstOf<T, typename Codec<T>::Parts, 1, Outer...>::type>{};
    }
  }
  using type = typename decltype(find())::type;
};

/// void if a type is serializable.
template <typename T>
using WhyNotSerializable = typename std::conditional_t<kSerializable<T>, std::type_identity<void>, WhyNot<T>>::type;

/// A concept of its own, since compilers name its argument.
template <typename Why>
concept CanCrossWorkers = std::is_void_v<Why>;

}  // namespace weir::detail::codec
