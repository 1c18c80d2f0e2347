#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "weir/json_lines.hpp"
#include "weir/json_shape.hpp"

namespace weir {

/// Reads JSON texts of a shape, for a program's own source or step. It reuses its memory between them. A copy has
/// memory of its own.
///
///     weir::JsonReader reader{weir::fields<Search>("user", "query")};
///     Search search;
///     reader.read(R"({"user": "ann", "query": "dogs"})", search);
template <JsonShape Shape>
class JsonReader {
 public:
  using Value = typename Shape::Value;  ///< what a text becomes

  explicit JsonReader(Shape shape) : shape_{std::move(shape)} {}  ///< see `fields`, `one_of`
  /// Copies the shape, not the memory that it parses into: each worker's copy has its own.
  JsonReader(const JsonReader& other) : shape_{other.shape_} {}
  JsonReader(JsonReader&&) noexcept = default;  ///< takes the memory too
  JsonReader& operator=(const JsonReader&) = delete;
  JsonReader& operator=(JsonReader&&) noexcept = default;  ///< takes the memory too
  ~JsonReader() = default;

  /// @throws JsonError  if the text is no JSON or not of the shape; `to` may be half read then
  void read(std::string_view text, Value& to) {
    text_ = text;  // is parsed in place
    shape_.read(parser_.parse(text_.data(), text_.size()), to);
  }

 private:
  Shape shape_;
  detail::JsonParser parser_;
  std::string text_;
};

}  // namespace weir
