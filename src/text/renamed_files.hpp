#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "text/line_position.hpp"

namespace weir::detail::text {

/// Nothing if it is none of a text file.
[[nodiscard]] std::optional<LinePosition> read_position(const std::string& bytes);

/// Gives the kept positions of files that were renamed, or that an earlier build named otherwise, the names of now.
/// @throws RecoveryError  if it cannot be told which file a position is of
void rename_files(const std::vector<std::string>& partitions, std::map<std::string, std::string>& positions);

}  // namespace weir::detail::text
