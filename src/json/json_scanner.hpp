#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weir/json.hpp"

namespace weir::detail::json {

/// How many arrays and objects may be open at once: a `from_json` of a type that holds itself uses the stack.
inline constexpr std::size_t kMaxNesting = 256;

/// Gives the node of a number its value: a whole number where it fits into 64 bits, and else its text.
void set_number(JsonNode& node, std::string_view text) noexcept;

/// Reads JSON into nodes in one pass, and reuses its memory between texts.
///
/// It gives no reasons: a text that is no JSON it refuses, so that a parser that tells them can read it again.
class JsonScanner {
 public:
  /// @param text  followed by a NUL; escapes are replaced in place, and nodes refer to it
  /// @return      the first of the nodes: one that stands before the value, and then the value. Null if there is an
  ///              error; the text is as it was then
  const JsonNode* scan(char* text, std::size_t size);

 private:
  std::vector<JsonNode> nodes_;
  std::string original_;  // of a text that was changed; empty: it was not
};

}  // namespace weir::detail::json
