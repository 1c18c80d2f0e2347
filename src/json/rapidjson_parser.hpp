#pragma once

#include <cstddef>
#include <memory>

#include "weir/json.hpp"

namespace weir::detail::json {

/// Parses JSON by RapidJSON, tells what is wrong and where, and reuses its memory between texts.
class RapidJsonParser {
 public:
  RapidJsonParser();
  RapidJsonParser(const RapidJsonParser&) = delete;
  RapidJsonParser& operator=(const RapidJsonParser&) = delete;
  ~RapidJsonParser();

  /// @param text  followed by a NUL; it is changed, and nodes refer to it
  /// @return      the first of the nodes: one that stands before the value, and then the value
  /// @throws JsonError
  const JsonNode* parse(char* text, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::detail::json
