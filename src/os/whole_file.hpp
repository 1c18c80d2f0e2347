#pragma once

#include <cstddef>
#include <string>

namespace weir::detail::os {

/// Reads a file or pipe to its end.
/// @throws std::system_error  if it cannot be read, or has more than so many bytes (`std::errc::file_too_large`)
[[nodiscard]] std::string read_whole_file(const std::string& path, std::size_t most);

}  // namespace weir::detail::os
