#include "json/rapidjson_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include "json/json_scanner.hpp"

namespace weir::detail::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return end - at;
}

/// How long the number is that begins there; 0 if none does.
std::size_t number_at(std::string_view text, std::size_t begin) {
  std::size_t at = begin + (text[begin] == '-' ? 1 : 0);
  const auto next_is = [&](std::string_view any) { return at < text.size() && any.find(text[at]) != any.npos; };
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) {
    return 0;
  }
  at += whole;
  if (next_is(".")) {
    const std::size_t decimals = digits_at(text, at + 1);
    if (decimals == 0) {
      return 0;
    }
    at += 1 + decimals;
  }
  if (next_is("eE")) {
    ++at;
    at += next_is("+-") ? 1 : 0;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) {
      return 0;
    }
    at += exponent;
  }
  return next_is(".eE+-") ? 0 : at - begin;
}

/// Where a number stands in a text.
struct NumberPlace {
  std::size_t begin;
  std::size_t size;
};

/// Writes 0 in place of the numbers that RapidJSON may find too large, which it refuses to read even as text.
std::vector<NumberPlace> hide_large_numbers(std::string_view original, char* text) {
  constexpr std::size_t kSmallDigits = 300;
  std::vector<NumberPlace> hidden;
  for (std::size_t at = 0; at < original.size();) {
    std::size_t size = 1;
    if (original[at] == '"') {
      while (at + size < original.size() && original[at + size] != '"') {
        size += original[at + size] == '\\' ? 2 : 1;
      }
      ++size;
    } else if (original[at] == '-' || is_digit(original[at])) {
      const std::size_t number = number_at(original, at);
      // What is no number is left to RapidJSON as a whole: without a part of it, it could be one.
      size = number > 0 ? number : std::min(original.find_first_not_of("0123456789.eE+-", at), original.size()) - at;
      if (number > kSmallDigits || original.substr(at, number).find_first_of("eE") != std::string_view::npos) {
        hidden.push_back({at, number});
        std::fill_n(text + at, number, ' ');
        text[at] = '0';
      }
    }
    at += size;
  }
  return hidden;
}

/// Turns what RapidJSON reads into nodes.
class NodeBuilder {
 public:
  /// @param original  what the text was before it was parsed in place
  /// @param hidden    the numbers that are 0 in the text and something else in the original
  NodeBuilder(std::vector<JsonNode>& nodes, std::vector<std::size_t>& open, const char* text,
              rapidjson::InsituStringStream& at, const char* original = nullptr,
              std::span<const NumberPlace> hidden = {})
      : nodes_{&nodes}, open_{&open}, text_{text}, at_{&at}, original_{original}, hidden_{hidden} {
    nodes.clear();
    open.clear();
    add(JsonNode::Kind::kNull, 0);  // what stands before the value: no name
  }

  [[nodiscard]] bool too_deep() const noexcept { return open_->size() > kMaxNesting; }
  /// Where a text begins that is no UTF-8 once its escapes are read.
  [[nodiscard]] std::optional<std::size_t> half_pair() const noexcept { return half_pair_; }

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's names
  // What the reader calls. Literals and brackets have been read.
  bool Null() { return add(JsonNode::Kind::kNull, at() - 4).behind == 1; }
  bool Bool(bool truth) {
    add(JsonNode::Kind::kBool, at() - (truth ? 4 : 5)).truth = truth;
    return true;
  }
  bool RawNumber(const char* text, std::uint32_t size, bool /*copy*/) {
    const auto begin = static_cast<std::size_t>(text - text_);
    if (!hidden_.empty() && hidden_.front().begin == begin) {
      set_number(add(JsonNode::Kind::kUnsigned, begin), {original_ + begin, hidden_.front().size});
      hidden_ = hidden_.subspan(1);
    } else {
      set_number(add(JsonNode::Kind::kUnsigned, begin), {text, size});
    }
    return true;
  }
  // Numbers come as text: RapidJSON reads them slowly where they must be exact, and by way of undefined behaviour.
  bool Int(int /*number*/) { return false; }
  bool Uint(unsigned /*number*/) { return false; }
  bool Int64(std::int64_t /*number*/) { return false; }
  bool Uint64(std::uint64_t /*number*/) { return false; }
  bool Double(double /*number*/) { return false; }
  bool String(const char* text, std::uint32_t size, bool /*copy*/) {
    return add_text(JsonNode::Kind::kText, text, size);
  }
  bool Key(const char* text, std::uint32_t size, bool /*copy*/) { return add_text(JsonNode::Kind::kName, text, size); }
  bool StartObject() { return begin(JsonNode::Kind::kObject); }
  bool StartArray() { return begin(JsonNode::Kind::kArray); }
  bool EndObject(std::uint32_t members) { return end(members); }
  bool EndArray(std::uint32_t elements) { return end(elements); }
  // NOLINTEND(readability-identifier-naming)

 private:
  [[nodiscard]] std::size_t at() const { return at_->Tell(); }

  JsonNode& add(JsonNode::Kind kind, std::size_t offset) {
    JsonNode& node = nodes_->emplace_back();
    node.whole = 0;
    node.size = 0;
    node.offset = static_cast<std::uint32_t>(offset);
    node.behind = 1;
    node.kind = kind;
    return node;
  }

  bool add_text(JsonNode::Kind kind, const char* text, std::uint32_t size) {
    JsonNode& node = add(kind, static_cast<std::size_t>(text - text_) - 1);
    node.text = text;
    node.size = size;
    const bool has_escapes = at() != node.offset + size + 2;  // what it takes between its quotes is more than it is
    if (has_escapes && has_half_pair({text, size})) {
      half_pair_ = node.offset;
    }
    return !half_pair_;
  }

  // RapidJSON refuses the first half of a pair of UTF-16 that stands alone, but not the second.
  static bool has_half_pair(std::string_view text) {
    for (std::size_t i = text.find('\xed'); i != std::string_view::npos; i = text.find('\xed', i + 1)) {
      if (i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xa0) {
        return true;
      }
    }
    return false;
  }

  bool begin(JsonNode::Kind kind) {
    open_->push_back(nodes_->size());
    add(kind, at() - 1);
    return !too_deep();
  }

  bool end(std::uint32_t size) {
    JsonNode& node = (*nodes_)[open_->back()];
    node.size = size;
    node.behind = static_cast<std::uint32_t>(nodes_->size() - open_->back());
    open_->pop_back();
    return true;
  }

  std::vector<JsonNode>* nodes_;
  std::vector<std::size_t>* open_;  // the arrays and objects around
  const char* text_;
  rapidjson::InsituStringStream* at_;
  const char* original_;
  std::span<const NumberPlace> hidden_;  // those that are still to come
  std::optional<std::size_t> half_pair_;
};

// RapidJSON's sentences, as the end of one of ours. For a control character it has one about escapes.
std::string explain(const rapidjson::ParseResult& result, std::string_view text) {
  const bool in_text = result.Code() == rapidjson::kParseErrorStringEscapeInvalid ||
                       result.Code() == rapidjson::kParseErrorStringInvalidEncoding;
  if (result.Offset() < text.size()) {
    const auto found = static_cast<unsigned char>(text[result.Offset()]);
    if (found == 0) {
      return "not JSON: a NUL";
    }
    if (in_text && found < 0x20) {
      return fmt::format("not JSON: a text has the control character 0x{:02x}, which must be written as {}", found,
                         found == '\t' ? "\\t" : fmt::format("\\u{:04x}", found));
    }
  }
  std::string sentence{rapidjson::GetParseError_En(result.Code())};
  sentence.front() = static_cast<char>(sentence.front() | 0x20);
  sentence.pop_back();
  return "not JSON: " + sentence;
}

}  // namespace

struct RapidJsonParser::State {
  rapidjson::Reader reader;
  std::vector<JsonNode> nodes;
  std::vector<std::size_t> open;
  std::string original;  // numbers of what was parsed may refer to it

  rapidjson::ParseResult parse(rapidjson::InsituStringStream& stream, NodeBuilder& builder) {
    constexpr unsigned kHow = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
    return reader.Parse<kHow>(stream, builder);
  }
};

RapidJsonParser::RapidJsonParser() : state_{std::make_unique<State>()} {}
RapidJsonParser::~RapidJsonParser() = default;

const JsonNode* RapidJsonParser::parse(char* text, std::size_t size) {
  state_->original.assign(text, size);
  rapidjson::InsituStringStream stream{text};
  NodeBuilder builder{state_->nodes, state_->open, text, stream};
  rapidjson::ParseResult result = state_->parse(stream, builder);
  std::vector<NumberPlace> hidden;
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) {  // which matters only if the number is read
    std::ranges::copy(state_->original, text);
    hidden = hide_large_numbers(state_->original, text);
    stream = rapidjson::InsituStringStream{text};
    builder = NodeBuilder{state_->nodes, state_->open, text, stream, state_->original.data(), hidden};
    result = state_->parse(stream, builder);
  }
  if (builder.too_deep()) {
    throw JsonError{fmt::format("nested more than {} deep", kMaxNesting), stream.Tell()};
  }
  if (builder.half_pair()) {
    throw JsonError{"not JSON: this text has half of a surrogate pair, \\udc00 to \\udfff without \\ud800 to \\udbff",
                    *builder.half_pair()};
  }
  if (result.IsError()) {
    throw JsonError{explain(result, {text, size}), result.Offset()};
  }
  if (stream.Tell() != size) {
    throw JsonError{"not JSON: a NUL", stream.Tell()};
  }
  return state_->nodes.data();
}

}  // namespace weir::detail::json
