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

/// 0 if one of them is.
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

/// How many bytes each value of a type takes where that is always the same number and all bytes are valid; else 0.
///
/// Many such values are written and read without a look at what is left for each of their fields, as their `Codec`
/// would do; the bytes are the same.
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

/// Calls `use(part)` for what lies behind one another in the bytes of a value.
template <typename T, typename Use>
void for_each_fixed_part(T& value, Use use) {
  if constexpr (Reflected<std::remove_const_t<T>>) {
    for_each_field(value, use);
  } else {  // a pair or a tuple
    std::apply([&](auto&... parts) { (use(parts), ...); }, value);
  }
}

/// @return  behind what was written
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

/// @return  behind what was read
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
