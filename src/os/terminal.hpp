#pragma once

#include <cstddef>
#include <optional>

namespace weir::detail::os {

/// How many columns the terminal on standard error has now; nothing if that is no terminal, or one that cannot move its
/// cursor (TERM=dumb).
[[nodiscard]] std::optional<std::size_t> terminal_columns();

}  // namespace weir::detail::os
