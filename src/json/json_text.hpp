#pragma once

#include <bit>
#include <cstddef>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "weir/json.hpp"

namespace weir::detail::json {

// Whether a text goes on after it without a second look.
inline bool is_plain(char c) noexcept { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; }

#ifdef __SSE2__
inline constexpr std::ptrdiff_t kVector = 16;

/// A bit for each of the bytes from there that is not plain, and in `high` for those that are not ASCII.
inline unsigned not_plain(const char* at, unsigned& high) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),  //
                                       _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  high |= static_cast<unsigned>(_mm_movemask_epi8(bytes));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, special)));
}
#endif

/// The first byte from `at` that is not plain. There is one: what `end` points to, a NUL.
/// @param high  becomes other than 0 if a byte up to there is not ASCII, or one of its neighbours
inline char* plain_end(char* at, [[maybe_unused]] const char* begin, [[maybe_unused]] const char* end,
                       unsigned& high) noexcept {
#ifdef __SSE2__
  while (end - at >= kVector) {
    if (const unsigned found = not_plain(at, high); found != 0) {
      return at + std::countr_zero(found);
    }
    at += kVector;
  }
  if (end - begin >= kVector) {  // the last bytes, of which some may come before
    const char* const last = end + 1 - kVector;
    return at + std::countr_zero(not_plain(last, high) >> (at - last));
  }
#endif
  while (is_plain(*at)) {
    high |= static_cast<unsigned char>(*at++) & 0x80U;
  }
  return at;
}

/// Whether a text of bytes has half of a surrogate pair, which no character of UTF-8 is.
[[nodiscard]] bool has_half_pair(std::string_view text) noexcept;

/// Replaces the escapes of a text in place. A function of its own, and not of a pass over JSON, which lies in registers
/// as long as nobody else sees it.
/// @param node      gets the text's new size
/// @param begin     of all of the JSON; `end` is behind it
/// @param at        the text's first backslash
/// @param original  becomes the JSON as it was, if it is empty
/// @return          behind the text; null if it is no text of JSON
char* text_with_escapes(JsonNode& node, const char* begin, char* at, const char* end, std::string& original);

}  // namespace weir::detail::json
