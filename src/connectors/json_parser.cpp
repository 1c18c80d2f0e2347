#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include "weir/json.hpp"
#include "weir/json_lines.hpp"

namespace weir::detail {
namespace {

constexpr std::size_t kMaxNesting = 256;  // for from_json of types that hold themselves, which use the stack

/// Turns what RapidJSON reads into nodes.
class NodeBuilder {
 public:
  NodeBuilder(std::vector<JsonNode>& nodes, std::vector<std::size_t>& open, const char* text,
              rapidjson::InsituStringStream& at)
      : nodes_{&nodes}, open_{&open}, text_{text}, at_{&at} {
    nodes.clear();
    open.clear();
    add(JsonNode::Kind::kNull, 0);  // what stands before the value: no name
  }

  [[nodiscard]] bool too_deep() const noexcept { return open_->size() > kMaxNesting; }
  [[nodiscard]] bool too_big() const noexcept { return too_big_; }

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's names
  // What the reader calls. Literals have been read; of brackets that depends.
  bool Null() { return add(JsonNode::Kind::kNull, at() - 4).behind == 1; }
  bool Bool(bool truth) {
    add(JsonNode::Kind::kBool, at() - (truth ? 4 : 5)).truth = truth;
    return true;
  }
  bool RawNumber(const char* text, std::uint32_t size, bool /*copy*/) { return add_number({text, size}); }
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
  bool StartObject() { return begin(JsonNode::Kind::kObject, '{'); }
  bool StartArray() { return begin(JsonNode::Kind::kArray, '['); }
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

  template <typename T>
  static bool read(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
  }

  // A whole number where it fits into 64 bits.
  bool add_number(std::string_view text) {
    JsonNode& node = add(JsonNode::Kind::kUnsigned, static_cast<std::size_t>(text.data() - text_));
    std::int64_t negative = 0;
    double number = 0;
    if (read(text, node.whole)) {
      return true;
    }
    if (read(text, negative)) {
      node.kind = negative < 0 ? JsonNode::Kind::kNegative : JsonNode::Kind::kUnsigned;  // -0
      node.negative = negative;
      return true;
    }
    node.kind = JsonNode::Kind::kDouble;
    too_big_ = !read(text, number);
    node.number = number;
    return !too_big_;
  }

  bool add_text(JsonNode::Kind kind, const char* text, std::uint32_t size) {
    JsonNode& node = add(kind, static_cast<std::size_t>(text - text_) - 1);
    node.text = text;
    node.size = size;
    return true;
  }

  bool begin(JsonNode::Kind kind, char bracket) {
    open_->push_back(nodes_->size());
    add(kind, text_[at()] == bracket ? at() : at() - 1);
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
  bool too_big_ = false;  // a number was
};

// RapidJSON's sentences, as the end of one of ours.
std::string explain(rapidjson::ParseErrorCode code) {
  std::string sentence{rapidjson::GetParseError_En(code)};
  sentence.front() = static_cast<char>(sentence.front() | 0x20);
  sentence.pop_back();
  return "not JSON: " + sentence;
}

}  // namespace

struct JsonParser::State {
  rapidjson::Reader reader;
  std::vector<JsonNode> nodes;
  std::vector<std::size_t> open;
};

JsonParser::JsonParser() : state_{std::make_unique<State>()} {}
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;
JsonParser::~JsonParser() = default;

JsonValue JsonParser::parse(char* text, std::size_t size) {
  if (size >= std::numeric_limits<std::uint32_t>::max()) {
    throw JsonError{"a text of 4 GiB or more", 0};
  }
  rapidjson::InsituStringStream stream{text};
  NodeBuilder builder{state_->nodes, state_->open, text, stream};
  constexpr unsigned kHow = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = state_->reader.Parse<kHow>(stream, builder);
  if (builder.too_deep()) {
    throw JsonError{fmt::format("nested more than {} deep", kMaxNesting), stream.Tell()};
  }
  if (builder.too_big()) {
    throw JsonError{"not JSON: number too big to be stored in double", stream.Tell()};
  }
  if (result.IsError()) {
    throw JsonError{explain(result.Code()), result.Offset()};
  }
  if (stream.Tell() != size) {
    throw JsonError{"not JSON: a NUL", stream.Tell()};
  }
  return JsonValue{state_->nodes[1]};
}

}  // namespace weir::detail
