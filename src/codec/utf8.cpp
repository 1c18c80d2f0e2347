#include "codec/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::detail::codec {
namespace {

struct Lead {
  std::size_t length;         // of the whole character; 0 if no character begins so
  unsigned char second_from;  // what the second byte may be; the others are 0x80 to 0xbf
  unsigned char second_to;
};

Lead lead_of(unsigned char byte) noexcept {
  if (byte < 0x80) {
    return {1, 0, 0};
  }
  if (byte < 0xc2) {
    return {0, 0, 0};  // a trailing byte, or more bytes than the character needs
  }
  if (byte < 0xe0) {
    return {2, 0x80, 0xbf};
  }
  if (byte < 0xf0) {
    const auto from = static_cast<unsigned char>(byte == 0xe0 ? 0xa0 : 0x80);
    const auto to = static_cast<unsigned char>(byte == 0xed ? 0x9f : 0xbf);  // no halves of UTF-16 pairs
    return {3, from, to};
  }
  if (byte < 0xf5) {
    const auto from = static_cast<unsigned char>(byte == 0xf0 ? 0x90 : 0x80);
    const auto to = static_cast<unsigned char>(byte == 0xf4 ? 0x8f : 0xbf);  // nothing above U+10FFFF
    return {4, from, to};
  }
  return {0, 0, 0};
}

// The length of the character at the front; 0 if there is none.
std::size_t character(std::string_view text) noexcept {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length <= 1) {
    return lead.length;
  }
  if (text.size() < lead.length) {
    return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < lead.second_from || second > lead.second_to) {
    return 0;
  }
  for (std::size_t i = 2; i < lead.length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return lead.length;
}

constexpr std::uint64_t kHighBits = 0x8080808080808080;

std::uint64_t eight_at(const char* at) noexcept {
  std::uint64_t eight = 0;
  std::memcpy(&eight, at, sizeof(eight));
  return eight;
}

// How many bytes at the front are known to be ASCII: all, or those before the part in which others are. Of at least
// eight bytes; the last ones may be looked at twice.
std::size_t ascii_at_front(std::string_view text) noexcept {
  constexpr std::size_t kEight = sizeof(std::uint64_t);
  const char* at = text.data();
  const char* const last = at + text.size() - kEight;
  for (; last - at >= static_cast<std::ptrdiff_t>(3 * kEight); at += 4 * kEight) {
    const std::uint64_t any =
        (eight_at(at) | eight_at(at + kEight)) | (eight_at(at + 2 * kEight) | eight_at(at + 3 * kEight));
    if ((any & kHighBits) != 0) {
      return static_cast<std::size_t>(at - text.data());
    }
  }
  std::uint64_t any = eight_at(last);
  for (const char* next = at; next < last; next += kEight) {
    any |= eight_at(next);
  }
  return (any & kHighBits) == 0 ? text.size() : static_cast<std::size_t>(at - text.data());
}

}  // namespace

std::size_t valid_utf8(std::string_view text) noexcept {
  std::size_t at = text.size() >= sizeof(std::uint64_t) ? ascii_at_front(text) : 0;
  while (at < text.size()) {
    // Most text is ASCII, which goes by eight bytes at a time.
    constexpr std::size_t kEight = sizeof(std::uint64_t);
    while (at + kEight <= text.size() && (eight_at(text.data() + at) & kHighBits) == 0) {
      at += kEight;
    }
    const std::size_t stop = text.size() - at < kEight ? text.size() : at + kEight;
    while (at < stop) {
      const std::size_t length = character(text.substr(at));
      if (length == 0) {
        return at;
      }
      at += length;
    }
  }
  return at;
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  for (;;) {
    const std::size_t valid = valid_utf8(text);
    repaired += text.substr(0, valid);
    if (valid == text.size()) {
      return repaired;
    }
    repaired += "\xef\xbf\xbd";
    text.remove_prefix(valid + 1);
  }
}

std::string shortened_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) {
    return std::string{text};
  }
  constexpr std::size_t kMostTrailing = 3;
  const auto trails = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  std::size_t end = bytes;
  while (end > 0 && bytes - end < kMostTrailing && trails(end)) {
    --end;
  }
  return std::string{text.substr(0, trails(end) ? bytes : end)} + "\xe2\x80\xa6";
}

}  // namespace weir::detail::codec
