#include <cstddef>
#include <limits>
#include <memory>
#include <optional>

#include "json/json_scanner.hpp"
#include "json/rapidjson_parser.hpp"
#include "weir/json.hpp"
#include "weir/json_lines.hpp"

namespace weir::detail {

struct JsonParser::State {
  json::JsonScanner scanner;
  std::optional<json::RapidJsonParser> thorough;  // made for the first text with an error
};

JsonParser::JsonParser() : state_{std::make_unique<State>()} {}
JsonParser::JsonParser(JsonParser&&) noexcept = default;
JsonParser& JsonParser::operator=(JsonParser&&) noexcept = default;
JsonParser::~JsonParser() = default;

JsonValue JsonParser::parse(char* text, std::size_t size) {
  if (size >= std::numeric_limits<std::uint32_t>::max()) {
    throw JsonError{"a text of 4 GiB or more", 0};
  }
  const JsonNode* nodes = state_->scanner.scan(text, size);
  if (nodes == nullptr) [[unlikely]] {
    if (!state_->thorough) {
      state_->thorough.emplace();
    }
    nodes = state_->thorough->parse(text, size);
  }
  return JsonValue{nodes[1]};
}

}  // namespace weir::detail
