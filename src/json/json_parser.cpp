#include <cstddef>
#include <limits>
#include <memory>
#include <optional>

#include "json/json_scanner.hpp"
#include "json/rapidjson_parser.hpp"
#include "weir/json.hpp"
#include "weir/json_lines.hpp"

namespace weir::detail {
namespace {

constexpr const char* kTooLong = "a text of 4 GiB or more";

}  // namespace

struct JsonParser::State {
  json::JsonScanner scanner;
  std::optional<json::RapidJsonParser> thorough;  // made for the first text that the scanner refuses

  const JsonNode* parse_again(char* text, std::size_t size) {
    if (!thorough) {
      thorough.emplace();
    }
    return thorough->parse(text, size);
  }
};

JsonParser::JsonParser() : state_{std::make_unique<State>()} {}
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;
JsonParser::~JsonParser() = default;

JsonValue JsonParser::parse(char* text, std::size_t size) {
  if (size >= std::numeric_limits<std::uint32_t>::max()) {
    throw JsonError{kTooLong, 0};
  }
  const JsonNode* nodes = state_->scanner.scan(text, size);
  if (nodes == nullptr) [[unlikely]] {
    nodes = state_->parse_again(text, size);
  }
  return JsonValue{nodes[1]};
}

JsonValue JsonParser::parse_line(text::LineReader& line) {
  if (line.size() >= std::numeric_limits<std::uint32_t>::max()) {
    line.check_utf8();
    line.fail(0, kTooLong);
  }
  const JsonNode* nodes = line.is_in_block()
                              ? state_->scanner.scan_line(line.data(), line.size(), line.block_end(), line.block())
                              : state_->scanner.scan(line.data(), line.size());
  if (nodes == nullptr) [[unlikely]] {
    line.check_utf8();
    try {
      nodes = state_->parse_again(line.data(), line.size());
    } catch (const JsonError& error) {
      line.fail(error.offset(), error.what());
    }
  }
  return JsonValue{nodes[1]};
}

}  // namespace weir::detail
