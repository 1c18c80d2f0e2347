#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weir/detail/line_reader.hpp"

namespace weir::connectors {

/// The beginning of a file, by which it is known again when it has another name.
struct FileHead {
  static constexpr std::uint64_t kMostBytes = 1024;

  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;

  /// Of a file of which this much was read.
  static FileHead of(std::string_view beginning);

  friend bool operator==(const FileHead&, const FileHead&) = default;
};

/// The files that a log is now: the one that was read up to an offset, which may have been renamed or copied by a log
/// rotation since, those that came behind it, and the one that has the name.
///
/// Candidates are the files beside it whose names are its own with a dot or dash and more behind it, by their times of
/// change.
/// @param others  lists the files that are read for themselves; called where the log was rotated
/// @throws RecoveryError  if the file that was read is not there, became shorter, or was compressed
[[nodiscard]] std::vector<std::string> files_of_log(const std::string& path, const FileHead& head, std::uint64_t offset,
                                                    const detail::ListFiles& others);

}  // namespace weir::connectors
