#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
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

  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's names
  // What the reader calls. Literals have been read, numbers have not, and of brackets that depends.
  bool Null() { return add(JsonNode::Kind::kNull, at() - 4).behind == 1; }
  bool Bool(bool truth) {
    add(JsonNode::Kind::kBool, at() - (truth ? 4 : 5)).truth = truth;
    return true;
  }
  bool Int(int number) { return Int64(number); }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Int64(std::int64_t number) {
    if (number >= 0) {
      return Uint64(static_cast<std::uint64_t>(number));
    }
    add(JsonNode::Kind::kNegative, at()).negative = number;
    return true;
  }
  bool Uint64(std::uint64_t number) {
    add(JsonNode::Kind::kUnsigned, at()).whole = number;
    return true;
  }
  bool Double(double number) {
    add(JsonNode::Kind::kDouble, at()).number = number;
    return true;
  }
  bool RawNumber(const char* /*text*/, std::uint32_t /*size*/, bool /*copy*/) { return false; }  // only if asked for
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
  constexpr unsigned kHow = rapidjson::kParseInsituFlag | rapidjson::kParseFullPrecisionFlag;
  const rapidjson::ParseResult result = state_->reader.Parse<kHow>(stream, builder);
  if (builder.too_deep()) {
    throw JsonError{fmt::format("nested more than {} deep", kMaxNesting), stream.Tell()};
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
