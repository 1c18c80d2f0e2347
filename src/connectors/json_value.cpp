#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "weir/json.hpp"

namespace weir {
namespace {

using Node = detail::JsonNode;

constexpr std::size_t kShownBytes = 40;

std::string shown(std::string_view text) {
  return text.size() <= kShownBytes ? fmt::format("\"{}\"", text)
                                    : fmt::format("\"{}...\"", text.substr(0, kShownBytes));
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
      return fmt::format("{}", node.number);
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

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  expect_object();
  for (const Node* part = node_ + 1; part != node_ + node_->behind; part += 1 + part[1].behind) {
    if (std::string_view{part->text, part->size} == name) {
      return JsonValue{part[1]};
    }
  }
  return std::nullopt;
}

JsonValue JsonValue::operator[](std::string_view name) const {
  const std::optional<JsonValue> value = find(name);
  if (!value) {
    fail(fmt::format("\"{}\" is missing", name));
  }
  return *value;
}

void JsonValue::fail(const std::string& what) const { throw JsonError{what, node_->offset}; }

bool JsonValue::boolean() const {
  if (node_->kind != Node::Kind::kBool) {
    fail_expected("true or false");
  }
  return node_->truth;
}

double JsonValue::number() const {
  switch (node_->kind) {
    case Node::Kind::kUnsigned:
      return static_cast<double>(node_->whole);
    case Node::Kind::kNegative:
      return static_cast<double>(node_->negative);
    case Node::Kind::kDouble:
      return node_->number;
    default:
      fail_expected("a number");
  }
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

void JsonValue::expect_array() const {
  if (node_->kind != Node::Kind::kArray) {
    fail_expected("an array");
  }
}

void JsonValue::expect_object() const {
  if (node_->kind != Node::Kind::kObject) {
    fail_expected("an object");
  }
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
