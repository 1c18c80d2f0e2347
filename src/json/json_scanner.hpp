#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "json/structurals.hpp"
#include "weir/json.hpp"

namespace weir::detail::json {

/// How many arrays and objects may be open at once: a `from_json` of a type that holds itself uses the stack.
inline constexpr std::size_t kMaxNesting = 256;

/// Gives the node of a number its value: a whole number where it fits into 64 bits, and else its text.
void set_number(JsonNode& node, std::string_view text) noexcept;

/// Makes nodes of JSON by simdjson's first stage, and reuses its memory.
///
/// It gives no reasons: a text that is no JSON it refuses, so that a parser that tells them can read it again. Nodes
/// refer to the text, or to memory of the scanner where a text has escapes.
class JsonScanner {
 public:
  /// @param text  followed by a NUL
  /// @return      the first of the nodes: one that stands before the value, and then the value. Null if there is an
  ///              error
  const JsonNode* scan(const char* text, std::size_t size);

  /// The same for a line of a block. Looks at the lines that follow it, too. Lines come in the order of the block; some
  /// may be left out.
  /// @param line   followed by a NUL in place of its end
  /// @param end    of the block; what follows the line is as it was read
  /// @param block  other than 0, and another one for each block
  const JsonNode* scan_line(char* line, std::size_t size, const char* end, std::uint64_t block);

 private:
  static constexpr std::size_t kMostAhead = std::size_t{16} << 10;  // its offsets fit the processor's cache
  static constexpr std::size_t kLeastAhead = 512;

  bool look_ahead(char* line, std::size_t size, const char* end);
  bool find(std::string_view lines);
  const JsonNode* nodes_of(const char* text, std::size_t size);

  Structurals structurals_;
  Unescaped unescaped_;
  std::vector<JsonNode> nodes_;
  const char* from_ = nullptr;  // begin of what was looked at last
  const char* end_ = nullptr;
  const char* backslash_ = nullptr;      // the first one there that is not yet used; the end: there is none
  const std::uint32_t* next_ = nullptr;  // the first offset that is not yet used
  std::uint64_t block_ = 0;              // that was looked at; 0: none
  std::size_t ahead_ = kMostAhead;  // bytes to look at; fewer after an error, so that few lines are looked at twice
};

}  // namespace weir::detail::json
