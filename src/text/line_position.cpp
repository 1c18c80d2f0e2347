#include "text/line_position.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "io/input_error.hpp"
#include "weir/decode_error.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::text {
namespace {

constexpr std::string_view kFormat = "lines 3\n";
constexpr std::string_view kFormatWithoutHeads = "lines 2\n";
constexpr std::string_view kFormatOfParts = "parts 1\n";

/// As an earlier build wrote it.
struct FinishedFileWithoutHead {
  std::string log;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::uint64_t lines = 0;
};
struct KnownFileWithoutTime {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  FileSample head;
  FileSample tail;

  [[nodiscard]] KnownFile now() const { return {{device, inode, 0}, size, head, tail}; }
};
struct LinePositionWithoutHeads {
  std::string log;
  std::uint64_t offset = 0;
  std::uint64_t number = 0;
  KnownFileWithoutTime file;
  FileSample read;
  bool was_rotated = false;
  bool numbers_grow = false;
  bool knows_rotated = false;
  std::optional<KnownFileWithoutTime> newest_rotated;
  std::uint64_t rotated_files = 0;
  std::vector<FinishedFileWithoutHead> finished;
};

LinePosition from_bytes_without_heads(std::string_view bytes) {
  auto old = from_bytes<LinePositionWithoutHeads>(bytes);
  LinePosition place{.log = std::move(old.log),
                     .offset = old.offset,
                     .number = old.number,
                     .file = old.file.now(),
                     .read = old.read,
                     .was_rotated = old.was_rotated,
                     .numbers_grow = old.numbers_grow,
                     .knows_rotated = old.knows_rotated,
                     .newest_rotated = {},
                     .rotated_files = old.rotated_files,
                     .finished = {}};
  if (old.newest_rotated) {
    place.newest_rotated = old.newest_rotated->now();
  }
  for (FinishedFileWithoutHead& each : old.finished) {
    place.finished.push_back({std::move(each.log), {each.device, each.inode, 0}, each.size, each.lines});
  }
  return place;
}

[[noreturn]] void refuse_unreadable(const DecodeError& error) {
  io::refuse_input(fmt::format("the position of a text file cannot be read: {}", error.what()));
}

LinePosition from_text(const std::string& position) {
  LinePosition place;
  const char* at = position.data();
  const char* const end = at + position.size();
  for (std::uint64_t* const number : {&place.offset, &place.number, &place.file.head.bytes, &place.file.head.hash}) {
    const auto parsed = std::from_chars(at, end, *number);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ' ') {
      io::refuse_input(fmt::format("the stored position \"{}\" is not one of a text file", position));
    }
    at = parsed.ptr + 1;
  }
  place.log.assign(at, end);
  place.file.size = place.offset;
  place.file.tail = FileSample::of("");
  place.read = place.file.head;
  return place;
}

}  // namespace

std::string LinePosition::to_bytes() const { return std::string{kFormat} + detail::to_bytes(*this); }

LinePosition LinePosition::from_bytes(const std::string& bytes) {
  if (std::optional<PartPlace> place = PartPlace::from_bytes(bytes)) {
    return std::move(place->position);
  }
  const bool without_heads = bytes.starts_with(kFormatWithoutHeads);
  if (!without_heads && !bytes.starts_with(kFormat)) {
    return from_text(bytes);
  }
  try {
    if (without_heads) {
      return from_bytes_without_heads(std::string_view{bytes}.substr(kFormatWithoutHeads.size()));
    }
    return detail::from_bytes<LinePosition>(std::string_view{bytes}.substr(kFormat.size()));
  } catch (const DecodeError& error) {
    refuse_unreadable(error);
  }
}

std::string PartPlace::to_bytes() const { return std::string{kFormatOfParts} + detail::to_bytes(*this); }

std::optional<PartPlace> PartPlace::from_bytes(const std::string& bytes) {
  if (!bytes.starts_with(kFormatOfParts)) {
    return std::nullopt;
  }
  try {
    return detail::from_bytes<PartPlace>(std::string_view{bytes}.substr(kFormatOfParts.size()));
  } catch (const DecodeError& error) {
    refuse_unreadable(error);
  }
}

}  // namespace weir::detail::text
