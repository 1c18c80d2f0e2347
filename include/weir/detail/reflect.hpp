#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>

namespace weir::detail {

/// A plain struct whose fields can be listed: no bases, no C arrays, at most 100 fields.
template <typename T>
concept PlainAggregate =
    std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_polymorphic_v<T> && !std::is_union_v<T>;

/// How many fields a plain aggregate has.
template <PlainAggregate T>
inline constexpr std::size_t kFieldCount = boost::pfr::tuple_size_v<T>;

/// The type of one field.
template <std::size_t kIndex, PlainAggregate T>
using FieldType = boost::pfr::tuple_element_t<kIndex, T>;

/// Whether a trait holds for every field.
template <template <typename> class Trait, PlainAggregate T>
inline constexpr bool kAllFields = []<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
  return (Trait<FieldType<kIndices, T>>::value && ...);
}(std::make_index_sequence<kFieldCount<T>>{});

}  // namespace weir::detail
