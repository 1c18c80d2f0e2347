#pragma once

#include <string>
#include <vector>

#include "text/line_position.hpp"
#include "text/rotated_names.hpp"
#include "weir/detail/text/line_reader.hpp"

namespace weir::detail::text {

/// A log that may have been rotated.
struct LogFiles {
  std::vector<std::string> paths;
  bool numbers_grow = false;  ///< of rotated files the one with the greatest number is the newest, unlike elsewhere
};

/// The files that a log is now: the one that the position is in, which may have been renamed or copied by a log
/// rotation since, those that came after it, and the one that has the name.
///
/// The file is known by its inode, or else by what it holds. Which files are new follows from the newest one that was
/// there when the position was made.
/// @param log     as it is now; where it was found in a directory, those beside it are read for themselves
/// @param others  lists the files that are read for themselves
/// @throws RecoveryError  if the file is not there, became shorter, or was compressed, or it cannot be told which it is
[[nodiscard]] LogFiles files_of_log(const LineFile& log, const LinePosition& position, RotatedNames& names,
                                    const ListFiles& others);

}  // namespace weir::detail::text
