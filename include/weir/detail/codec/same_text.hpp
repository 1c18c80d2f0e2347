#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::detail::codec {

/// Whether two texts of the same size are the same.
inline bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
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

/// Whether two texts are the same. For short ones, as names are, it takes less than a call of `memcmp`, and for those
/// of different sizes no call at all.
[[gnu::always_inline]] inline bool same_text(std::string_view one, std::string_view other) noexcept {
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the sizes are the same.
  return one.size() == other.size() && same_bytes(one.data(), other.data(), one.size());
}

}  // namespace weir::detail::codec
