#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "codec/utf8.hpp"
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
  /// What differs. Empty: nothing does. Both take the text and make the same nodes of it, or both refuse it. The
  /// scanner also refuses what is not UTF-8.
  std::string difference(const std::string& text) { return difference(text, scanner_.scan(text.data(), text.size())); }

  /// The same for all lines of a block.
  std::string difference_of_lines(const std::string& block) {
    std::string cut = block;  // as a reader cuts it
    ++blocks_;
    for (std::size_t begin = 0; begin < cut.size();) {
      const std::size_t feed = std::min(cut.find('\n', begin), cut.size());
      const std::size_t end = feed > begin && feed < cut.size() && cut[feed - 1] == '\r' ? feed - 1 : feed;
      cut[end] = '\0';
      const std::string line = block.substr(begin, end - begin);
      const JsonNode* const nodes =
          scanner_.scan_line(cut.data() + begin, line.size(), cut.data() + cut.size(), blocks_);
      if (std::string all = difference(line, nodes); !all.empty()) {
        return line + '\n' + all;
      }
      begin = feed + 1;
    }
    return "";
  }

  /// Whether the scanner takes it.
  bool takes(const std::string& text) { return scanner_.scan(text.data(), text.size()) != nullptr; }

 private:
  std::string difference(const std::string& text, const JsonNode* fast) {
    const std::string nodes = fast == nullptr ? "" : shown(fast);
    std::optional<std::string> thorough;
    std::string error;
    std::string parsed = text;
    try {
      thorough = shown(parser_.parse(parsed.data(), parsed.size()));
    } catch (const JsonError& refused) {
      error = refused.what();
    }
    if (fast == nullptr) {
      return thorough && codec::valid_utf8(text) == text.size() ? "only RapidJSON takes it:\n" + *thorough : "";
    }
    if (!thorough) {
      return "only the scanner takes it:\n" + nodes + error;
    }
    return nodes == *thorough ? "" : "the scanner:\n" + nodes + "RapidJSON:\n" + *thorough;
  }

  JsonScanner scanner_;
  RapidJsonParser parser_;
  std::uint64_t blocks_ = 0;
};

}  // namespace weir::detail::json
