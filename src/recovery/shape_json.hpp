#pragma once

#include <string>
#include <string_view>

namespace weir::detail::recovery {

/// A serialized value as JSON, told by its shape alone; see weir/detail/codec/shape.hpp. What the shape cannot tell is
/// written as a text of hexadecimal digits. A text that is not UTF-8 is written as `{"bytes":"ff61"}`.
/// @throws DecodeError  if the bytes do not have the shape
[[nodiscard]] std::string json_of(std::string_view shape, std::string_view bytes);

}  // namespace weir::detail::recovery
