#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "weir/json.hpp"

namespace weir {
namespace {

using Node = detail::JsonNode;

constexpr std::size_t kShownBytes = 40;

// A whole number of characters of the text, which are to be seen and lie on one line.
std::string shown_part(std::string_view text) {
  const std::string_view part = text.substr(0, kShownBytes);
  std::string shown;
  for (const char byte : part.substr(0, detail::codec::valid_utf8(part))) {
    if (static_cast<unsigned char>(byte) < 0x20) {
      shown += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      shown += byte;
    }
  }
  return text.size() <= kShownBytes ? shown : shown + "...";
}

std::string shown(std::string_view text) { return '"' + shown_part(text) + '"'; }

template <typename T>
constexpr const char* kNameOf = "double";
template <>
constexpr const char* kNameOf<float> = "float";
template <>
constexpr const char* kNameOf<long double> = "long double";

// Whether a JSON number lies between -1 and 1.
bool is_fraction(std::string_view text) {
  const std::size_t first = text.find_first_of("123456789");
  const std::size_t exponent_at = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, exponent_at);
  if (first >= digits.size()) {
    return true;  // it is 0
  }
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    const char* const begin = text.data() + exponent_at + (text[exponent_at + 1] == '+' ? 2 : 1);
    if (std::from_chars(begin, text.data() + text.size(), exponent).ec == std::errc::result_out_of_range) {
      return *begin == '-';
    }
  }
  return point - static_cast<std::int64_t>(first) + exponent <= 0;
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kBool:
      return node.truth ? "true" : "false";
    case Node::Kind::kUnsigned:
      return fmt::format("{}", node.whole);
    case Node::Kind::kNegative:
      return fmt::format("{}", node.negative);
    case Node::Kind::kDouble:
      return shown_part({node.text, node.size});
    case Node::Kind::kText:
    case Node::Kind::kName:
      return shown({node.text, node.size});
    case Node::Kind::kArray:
      return fmt::format("an array of {}", node.size);
    case Node::Kind::kObject:
      return "an object";
  }
  return "nothing";
}

}  // namespace

JsonValue::Kind JsonValue::kind() const noexcept {
  switch (node_->kind) {
    case Node::Kind::kNull:
      return Kind::kNull;
    case Node::Kind::kBool:
      return Kind::kBool;
    case Node::Kind::kUnsigned:
    case Node::Kind::kNegative:
    case Node::Kind::kDouble:
      return Kind::kNumber;
    case Node::Kind::kText:
    case Node::Kind::kName:
      return Kind::kText;
    case Node::Kind::kArray:
      return Kind::kArray;
    case Node::Kind::kObject:
      return Kind::kObject;
  }
  return Kind::kNull;
}

std::size_t JsonValue::size() const {
  if (node_->kind != Node::Kind::kArray && node_->kind != Node::Kind::kObject) {
    fail_expected("an array or an object");
  }
  return node_->size;
}

void JsonValue::fail_missing(std::string_view name) const { fail(fmt::format("\"{}\" is missing", name)); }

void JsonValue::fail(const std::string& what) const { throw JsonError{what, node_->offset}; }

bool JsonValue::boolean() const {
  if (node_->kind != Node::Kind::kBool) {
    fail_expected("true or false");
  }
  return node_->truth;
}

template <typename T>
T JsonValue::number() const {
  if (node_->kind == Node::Kind::kUnsigned) {
    return static_cast<T>(node_->whole);
  }
  if (node_->kind == Node::Kind::kNegative) {
    return static_cast<T>(node_->negative);
  }
  if (node_->kind != Node::Kind::kDouble) {
    fail_expected("a number");
  }
  const std::string_view text{node_->text, node_->size};
  T number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc::result_out_of_range) {
    if (!is_fraction(text)) {
      fail_expected(fmt::format("a number that a {} can hold", kNameOf<T>));
    }
    number = text.front() == '-' ? -T{0} : T{0};
  }
  return number;
}

template float JsonValue::number<float>() const;
template double JsonValue::number<double>() const;
template long double JsonValue::number<long double>() const;

detail::codec::SplitTime JsonValue::time() const {
  const auto time =
      node_->kind == Node::Kind::kText ? detail::codec::parse_time({node_->text, node_->size}) : std::nullopt;
  if (!time) {
    fail_expected("a time such as \"2026-01-02T03:04:05.5Z\"");
  }
  return *time;
}

std::uint64_t JsonValue::whole(std::uint64_t most) const {
  if (node_->kind != Node::Kind::kUnsigned || node_->whole > most) {
    fail_expected(fmt::format("a whole number from 0 to {}", most));
  }
  return node_->whole;
}

std::int64_t JsonValue::whole(std::int64_t least, std::int64_t most) const {
  if (node_->kind == Node::Kind::kUnsigned && node_->whole <= static_cast<std::uint64_t>(most)) {
    return static_cast<std::int64_t>(node_->whole);
  }
  if (node_->kind != Node::Kind::kNegative || node_->negative < least) {
    fail_expected(fmt::format("a whole number from {} to {}", least, most));
  }
  return node_->negative;
}

void JsonValue::expect_size(std::size_t size) const {
  if (node_->kind != Node::Kind::kArray || node_->size != size) {
    fail_expected(fmt::format("an array of {}", size));
  }
}

// Before the first value of a text stands a node that is no name.
void JsonValue::fail_expected(const std::string& what) const {
  const Node& before = node_[-1];
  const std::string member = before.kind == Node::Kind::kName ? shown({before.text, before.size}) + ": " : "";
  fail(fmt::format("{}expected {}, found {}", member, what, found(*node_)));
}

}  // namespace weir
