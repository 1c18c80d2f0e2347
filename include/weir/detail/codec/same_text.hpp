#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::detail::codec {

/// Whether two texts are the same. For short ones, as names are, it takes less than a call of `memcmp`.
inline bool same_text(std::string_view one, std::string_view other) noexcept {
  const std::size_t size = one.size();
  if (size != other.size()) {
    return false;
  }
  const char* const a = one.data();
  const char* const b = other.data();
  const auto same_ends = [&]<typename Word>(Word /*size*/) {
    const auto word = [](const char* at) {
      Word bytes;
      std::memcpy(&bytes, at, sizeof(Word));
      return bytes;
    };
    return word(a) == word(b) && word(a + size - sizeof(Word)) == word(b + size - sizeof(Word));
  };
  if (size > 2 * sizeof(std::uint64_t)) {
    return std::memcmp(a, b, size) == 0;
  }
  if (size >= sizeof(std::uint64_t)) {
    return same_ends(std::uint64_t{});
  }
  if (size >= sizeof(std::uint32_t)) {
    return same_ends(std::uint32_t{});
  }
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

}  // namespace weir::detail::codec
