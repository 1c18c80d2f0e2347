#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

/// The sum, or 0 if one of them is 0.
consteval std::size_t fixed_sum(std::initializer_list<std::size_t> parts) {
  std::size_t sum = 0;
  for (const std::size_t part : parts) {
    if (part == 0) {
      return 0;
    }
    sum += part;
  }
  return sum;
}

/// How many bytes a value of a type takes, if that number is fixed and all bytes are valid; otherwise 0.
///
/// Such values are written and read in bulk, without the check of the remaining bytes that their `Codec` makes for each
/// field; the bytes are the same.
template <typename T>
inline constexpr std::size_t kFixedBytes = [] {
  if constexpr (kBitwise<T>) {
    return sizeof(T);
  } else if constexpr (Reflected<T> && HasCodec<T>) {
    return []<typename... Parts>(TypeList<Parts...>) { return fixed_sum({kFixedBytes<Parts>...}); }(Fields<T>{});
  } else {
    return std::size_t{0};
  }
}();
template <typename... Ts>
inline constexpr std::size_t kFixedBytes<std::tuple<Ts...>> = fixed_sum({kFixedBytes<Ts>...});
template <typename First, typename Second>
inline constexpr std::size_t kFixedBytes<std::pair<First, Second>> = kFixedBytes<std::tuple<First, Second>>;

/// Calls `use(part)` for each part of a value, in the order of its bytes.
template <typename T, typename Use>
void for_each_fixed_part(T& value, Use use) {
  if constexpr (Reflected<std::remove_const_t<T>>) {
    for_each_field(value, use);
  } else {  // a pair or a tuple
    std::apply([&](auto&... parts) { (use(parts), ...); }, value);
  }
}

/// @return  the end of the written bytes
template <typename T>
  requires(kFixedBytes<T> != 0)
std::byte* write_fixed(std::byte* to, const T& value) {
  if constexpr (kBitwise<T>) {
    std::memcpy(to, &value, sizeof(T));
    return to + sizeof(T);
  } else {
    for_each_fixed_part(value, [&](const auto& part) { to = write_fixed(to, part); });
    return to;
  }
}

/// @return  the end of the read bytes
template <typename T>
  requires(kFixedBytes<T> != 0)
const std::byte* read_fixed(const std::byte* from, T& value) {
  if constexpr (kBitwise<T>) {
    std::memcpy(&value, from, sizeof(T));
    return from + sizeof(T);
  } else {
    for_each_fixed_part(value, [&](auto& part) { from = read_fixed(from, part); });
    return from;
  }
}

}  // namespace weir::detail::codec
