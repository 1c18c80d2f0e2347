#pragma once

#include <filesystem>
#include <string_view>

namespace weir::detail::os {

/// Makes a small file with this content, durably, or replaces what it holds.
/// @throws RecoveryError
void write_durably(const std::filesystem::path& path, std::string_view content);

[[nodiscard]] bool exists(const std::filesystem::path& file);

/// Makes the names of a directory's files durable.
/// @throws RecoveryError
void sync_directory(const std::filesystem::path& directory);

}  // namespace weir::detail::os
