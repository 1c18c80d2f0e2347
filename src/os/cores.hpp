#pragma once

#include <cstddef>
#include <system_error>
#include <vector>

namespace weir::detail::os {

/// The cores that the calling thread may use, by their numbers, in ascending order. Threads inherit them.
/// @throws std::system_error
[[nodiscard]] std::vector<std::size_t> usable_cores();

/// How many cores the calling thread may use, at least 1.
[[nodiscard]] std::size_t core_count() noexcept;

/// Lets the calling thread run on this core alone.
[[nodiscard]] std::error_code pin_to_core(std::size_t core) noexcept;

}  // namespace weir::detail::os
