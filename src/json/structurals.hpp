#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simdjson::internal {
class dom_parser_implementation;  // NOLINT(readability-identifier-naming): simdjson's own name
}  // namespace simdjson::internal

namespace weir::detail::json {

/// Finds where brackets, commas, colons and values begin in JSON: simdjson's first stage, which also checks UTF-8. It
/// works on 64 bytes at a time, so many lines at once cost little more than one.
class Structurals {
 public:
  Structurals();
  Structurals(const Structurals&) = delete;
  Structurals& operator=(const Structurals&) = delete;
  ~Structurals();

  /// @return  false: it is not UTF-8, or has a text without end or with a control character, or nothing. Every line
  ///          feed of a text that was taken ends a line of JSON.
  bool find(std::string_view text);

  /// The offsets, in order, and then the size of the text.
  [[nodiscard]] const std::uint32_t* offsets() const noexcept;

 private:
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages_;
};

/// Replaces the escapes of texts by simdjson, and keeps the results.
class Unescaped {
 public:
  Unescaped();
  Unescaped(const Unescaped&) = delete;
  Unescaped& operator=(const Unescaped&) = delete;
  ~Unescaped();

  /// Forgets the texts, and makes room.
  /// @param bytes  of all texts that come, with their escapes
  void clear(std::size_t bytes);

  /// @param text  what lies between quotes
  /// @return      empty: it has an escape that is none, or half of a surrogate pair
  std::optional<std::string_view> add(std::string_view text);

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
  std::vector<unsigned char> escaped_;  // with the room after it that simdjson needs
  std::vector<unsigned char> texts_;
  unsigned char* next_ = nullptr;
};

/// Of the simdjson that this is compiled with.
[[nodiscard]] std::string simdjson_version();

}  // namespace weir::detail::json
