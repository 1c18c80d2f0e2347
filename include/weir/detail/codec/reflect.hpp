#pragma once

#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <ranges>
#include <type_traits>
#include <utility>

#include <boost/pfr/detail/core17_generated.hpp>

#include "weir/detail/codec/bit_fields.hpp"

namespace weir::detail::codec {

/// Types, as a value.
template <typename... Ts>
struct TypeList {};

// The conversions below are never called. They have a body all the same: compilers count one as used if a field's
// constructors check for it, as those of std::optional do, and report it as missing if it is for a type of one file or
// function alone.

/// Converts to the type of any field of T; never evaluated. Not to a reference: that would compile the copy of the
/// field.
template <typename T>
struct AnyFieldOf {
  template <typename Field>
    requires(!std::same_as<Field, T>)
  operator Field() const {  // NOLINT(google-explicit-constructor): a field is initialised from it
    std::abort();
  }
};

/// Converts to a base of T only; never evaluated.
template <typename T>
struct AnyBaseOf {
  template <typename Base>
    requires(std::is_base_of_v<Base, T> && !std::same_as<Base, T>)
  operator Base() const {  // NOLINT(google-explicit-constructor): a base is initialised from it
    std::abort();
  }
};

template <typename T>
concept HasBases = requires { T{AnyBaseOf<T>{}}; };

template <typename T>
concept Aggregate =
    std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_polymorphic_v<T> && !std::ranges::range<T> && !HasBases<T>;

template <typename T, std::size_t>
using AnyFieldAt = AnyFieldOf<T>;

template <typename T, std::size_t... kIndices>
consteval bool takes_initialisers(std::index_sequence<kIndices...> /*indices*/) {
  return requires { T{AnyFieldAt<T, kIndices>{}...}; };
}

/// The most that Boost.PFR can list.
inline constexpr std::size_t kMaxFields = 100;

/// The most initialisers that an aggregate takes: its fields, and for a C array its elements. If fields have no default
/// there is a least number too. Counts to one more than the most fields.
template <Aggregate T, std::size_t kCount = 0, bool kTookFewer = false>
consteval std::size_t count_initialisers() {
  constexpr bool kTakes = takes_initialisers<T>(std::make_index_sequence<kCount>{});
  if constexpr (kTookFewer && !kTakes) {
    return kCount - 1;
  } else if constexpr (kCount > kMaxFields) {
    return kMaxFields + 1;
  } else {
    return count_initialisers<T, kCount + 1, kTakes>();
  }
}

template <Aggregate T>
inline constexpr std::size_t kFieldCount = count_initialisers<T>();

/// Whether an aggregate can be made with braces around one initialiser.
template <typename T, std::size_t... kBefore, std::size_t... kBehind>
consteval bool takes_braces(std::index_sequence<kBefore...> /*before*/, std::index_sequence<kBehind...> /*behind*/) {
  return requires { T{AnyFieldAt<T, kBefore>{}..., {}, AnyFieldAt<T, kBehind>{}...}; };
}

/// Whether a C array begins at an initialiser: with braces, that takes the initialisers of its other elements too.
template <typename T, std::size_t kBefore, std::size_t kBehind>
consteval bool is_array() {
  if constexpr (takes_braces<T>(std::make_index_sequence<kBefore>{}, std::make_index_sequence<kBehind>{})) {
    return false;
  } else {
    return []<std::size_t... kFewer>(std::index_sequence<kFewer...>) {
      return (takes_braces<T>(std::make_index_sequence<kBefore>{}, std::make_index_sequence<kFewer>{}) || ...);
    }(std::make_index_sequence<kBehind>{});
  }
}

template <Aggregate T>
inline constexpr bool kHasArrays = []<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
  return (is_array<T, kIndices, sizeof...(kIndices) - 1 - kIndices>() || ...);
}(std::make_index_sequence<kFieldCount<T>>{});

/// A plain struct whose fields can be listed: no bases, no C arrays, no bit-fields, at most 100 fields. Anonymous
/// unions cannot be distinguished from fields, nor can bit-fields of structs with more than 32 fields; they cause
/// compiler errors.
template <typename T>
concept PlainAggregate =
    Aggregate<T> && (kFieldCount<T> <= kMaxFields) && !kHasArrays<T> && !kHasBitFields<T, kFieldCount<T>>;

/// References to all fields. Does not use Boost.PFR's own count of them: with clang it does not compile for structs
/// with containers of non-copyable values.
template <typename T>
  requires PlainAggregate<std::remove_const_t<T>>
constexpr auto tie_fields(T& value) {
  return boost::pfr::detail::tie_as_tuple(value, boost::pfr::detail::size_t_<kFieldCount<std::remove_const_t<T>>>{});
}

/// Calls `call` with each field in turn.
template <typename T, typename Call>
constexpr void for_each_field(T& value, Call call) {
  const auto fields = tie_fields(value);
  [&]<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
    (call(boost::pfr::detail::sequence_tuple::get<kIndices>(fields)), ...);
  }(std::make_index_sequence<kFieldCount<std::remove_const_t<T>>>{});
}

template <typename Tied>
struct FieldsOf;
template <typename... Ts>
struct FieldsOf<boost::pfr::detail::sequence_tuple::tuple<Ts...>> {
  using type = TypeList<std::remove_reference_t<Ts>...>;
};

/// The types of a plain struct's fields.
template <PlainAggregate T>
using Fields = typename FieldsOf<decltype(tie_fields(std::declval<T&>()))>::type;

}  // namespace weir::detail::codec
