#include "json/json_text.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace weir::detail::json {
namespace {

constexpr char kHalfPair = '\xed';  // begins what is half of a surrogate pair, and some characters

/// Four hexadecimal digits; above 0xffff if they are none.
std::uint32_t hex4(const char* at) noexcept {
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(at, at + 4, code, 16);
  return error == std::errc{} && end == at + 4 ? code : 0x10000;
}

char* put_utf8(std::uint32_t code, char* to) noexcept {
  const auto put = [&to](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
    return to;
  }
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
  return to;
}

/// @param at  behind a backslash
/// @param to  moves behind what is written, which is never more than what is read
/// @return    behind the escape; null if it is none, or half of a surrogate pair
char* escape(char* at, const char* end, char*& to) noexcept {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (*at != 'u') {
    const std::size_t which = kNames.find(*at);
    if (which == std::string_view::npos) {
      return nullptr;
    }
    *to++ = kMeant[which];
    return at + 1;
  }
  constexpr std::ptrdiff_t kSize = 5;  // u0000
  constexpr std::uint32_t kNone = 0x10000;
  const auto code_at = [end](const char* u) { return end - u >= kSize && *u == 'u' ? hex4(u + 1) : kNone; };
  const auto is_half = [](std::uint32_t code, std::uint32_t from) { return code >= from && code < from + 0x400; };
  const std::uint32_t code = code_at(at);
  if (code == kNone || is_half(code, 0xdc00)) {
    return nullptr;
  }
  at += kSize;
  if (!is_half(code, 0xd800)) {
    to = put_utf8(code, to);
    return at;
  }
  const std::uint32_t second = *at == '\\' ? code_at(at + 1) : kNone;
  if (!is_half(second, 0xdc00)) {
    return nullptr;
  }
  to = put_utf8(0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00), to);
  return at + 1 + kSize;
}

}  // namespace

bool has_half_pair(std::string_view text) noexcept {
  for (std::size_t i = text.find(kHalfPair); i != std::string_view::npos; i = text.find(kHalfPair, i + 1)) {
    if (i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xa0) {
      return true;
    }
  }
  return false;
}

char* text_with_escapes(JsonNode& node, const char* begin, char* at, const char* end, std::string& original) {
  if (original.empty()) {
    original.assign(begin, end);
  }
  unsigned high = 0;
  char* to = at;
  while (*at == '\\') {
    at = escape(at + 1, end, to);
    if (at == nullptr) {
      return nullptr;
    }
    char* const stop = plain_end(at, begin, end, high);
    std::memmove(to, at, static_cast<std::size_t>(stop - at));
    to += stop - at;
    at = stop;
  }
  node.size = static_cast<std::uint32_t>(to - node.text);
  return *at == '"' && !has_half_pair({node.text, node.size}) ? at + 1 : nullptr;
}

}  // namespace weir::detail::json
