#include "kafka/position.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr std::string_view kFrom = "from=";
constexpr std::string_view kEndField = "end=";

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

std::string_view take_word(std::string_view& text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(std::min(blank + 1, text.size()));
  return word;
}

}  // namespace

std::string Position::text() const {
  std::string text = fmt::format("{}", offset);
  if (from_ms) {
    text += fmt::format(" {}{}", kFrom, *from_ms);
  }
  if (end) {
    text += fmt::format(" {}{}", kEndField, *end);
  }
  return text;
}

std::optional<Position> Position::of(std::string_view text) {
  const std::optional<std::int64_t> offset = number_of(take_word(text));
  if (!offset || *offset < 0) {
    return std::nullopt;
  }
  Position position{.offset = *offset};
  while (!text.empty()) {
    if (const std::string_view field = take_word(text); field.starts_with(kFrom)) {
      position.from_ms = number_of(field.substr(kFrom.size()));
    } else if (field.starts_with(kEndField)) {
      position.end = number_of(field.substr(kEndField.size()));
    }
  }
  return position;
}

std::string held_instead(std::int64_t offset, std::int64_t low, std::int64_t end) {
  return fmt::format("Kafka holds offsets {} to {}: {}", low, end,
                     offset < low ? "it has deleted messages that were not read yet" : "the topic was made anew");
}

}  // namespace weir::detail::kafka
