#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/json_scanner.hpp"
#include "json/rapidjson_parser.hpp"
#include "weir/json.hpp"

namespace weir::detail::json {

/// All nodes of a value, one a line.
inline std::string shown(const JsonNode* nodes) {
  std::string all;
  const auto add = [&all](std::uint64_t number) { all += ' ' + std::to_string(number); };
  for (std::size_t i = 0; i < 1 + std::size_t{nodes[1].behind}; ++i) {
    const JsonNode& node = nodes[i];
    all += std::to_string(static_cast<int>(node.kind));
    add(node.offset);
    add(node.size);
    add(node.behind);
    switch (node.kind) {
      case JsonNode::Kind::kBool:
        add(node.truth ? 1 : 0);
        break;
      case JsonNode::Kind::kUnsigned:
        add(node.whole);
        break;
      case JsonNode::Kind::kNegative:
        all += ' ' + std::to_string(node.negative);
        break;
      case JsonNode::Kind::kDouble:
      case JsonNode::Kind::kText:
      case JsonNode::Kind::kName:
        all += ' ' + std::string{node.text, node.size};
        break;
      default:
        break;
    }
    all += '\n';
  }
  return all;
}

/// Reads texts both by the scanner and by RapidJSON.
class BothWays {
 public:
  /// What differs. Empty: nothing does. Both take the text and make the same nodes of it, or both refuse it.
  std::string difference(std::string_view text) {
    std::string scanned{text};
    std::string parsed{text};
    const JsonNode* const fast = scanner_.scan(scanned.data(), scanned.size());
    if (fast == nullptr && scanned != text) {
      return "the scanner refuses the text and has changed it";
    }
    std::optional<std::string> thorough;
    std::string error;
    try {
      thorough = shown(parser_.parse(parsed.data(), parsed.size()));
    } catch (const JsonError& refused) {
      error = refused.what();
    }
    if (fast == nullptr) {
      return thorough ? "only RapidJSON takes it:\n" + *thorough : "";
    }
    const std::string nodes = shown(fast);
    if (!thorough) {
      return "only the scanner takes it:\n" + nodes + error;
    }
    return nodes == *thorough ? "" : "the scanner:\n" + nodes + "RapidJSON:\n" + *thorough;
  }

  /// Whether the scanner takes it.
  bool takes(std::string text) { return scanner_.scan(text.data(), text.size()) != nullptr; }

 private:
  JsonScanner scanner_;
  RapidJsonParser parser_;
};

}  // namespace weir::detail::json
