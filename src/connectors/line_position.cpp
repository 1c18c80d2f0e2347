#include "connectors/line_position.hpp"

#include <charconv>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "connectors/input_error.hpp"
#include "weir/decode_error.hpp"
#include "weir/serialize.hpp"

namespace weir::connectors {
namespace {

constexpr std::string_view kFormat = "lines 2\n";

LinePosition from_text(const std::string& position) {
  LinePosition place;
  const char* at = position.data();
  const char* const end = at + position.size();
  for (std::uint64_t* const number : {&place.offset, &place.number, &place.file.head.bytes, &place.file.head.hash}) {
    const auto parsed = std::from_chars(at, end, *number);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ' ') {
      refuse_input(fmt::format("the position \"{}\" is none of a text file", position));
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
  if (!bytes.starts_with(kFormat)) {
    return from_text(bytes);
  }
  try {
    return detail::from_bytes<LinePosition>(std::string_view{bytes}.substr(kFormat.size()));
  } catch (const DecodeError& error) {
    refuse_input(fmt::format("the position of a text file cannot be read: {}", error.what()));
  }
}

}  // namespace weir::connectors
