#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::detail::codec {

/// How many bytes of `text` come before the first one that is not UTF-8 (Unicode 15, table 3-7): its size if all are.
[[nodiscard]] std::size_t valid_utf8(std::string_view text) noexcept;

/// The text with U+FFFD in place of each byte that is in no character.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

/// The text, or its beginning of at most so many bytes and an ellipsis. Cuts no character.
[[nodiscard]] std::string shortened_utf8(std::string_view text, std::size_t bytes);

}  // namespace weir::detail::codec
