#pragma once

#include <cstddef>
#include <optional>

namespace weir::detail::os {

/// How many columns the terminal on a descriptor has now; nothing if there is no terminal, or it cannot move its cursor
/// (TERM=dumb).
[[nodiscard]] std::optional<std::size_t> terminal_columns(int descriptor);

}  // namespace weir::detail::os
