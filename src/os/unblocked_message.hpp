#pragma once

#include <string_view>

namespace weir::detail::os {

/// Writes to standard error unless that would wait for a reader.
/// @param text  a line
void write_unless_blocked(std::string_view text) noexcept;

}  // namespace weir::detail::os
