#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/known_file.hpp"
#include "weir/detail/text/file_part.hpp"

namespace weir::detail::text {

/// A file that was read to its end before the one in which the position is.
struct FinishedFile {
  std::string log;
  os::FileIdentity identity;
  std::uint64_t size = 0;
  std::uint64_t lines = 0;
  FileSample head{};  ///< its first bytes; none: an earlier build kept none
};

/// Where reading has come to in the files of a partition.
struct LinePosition {
  std::string log;  ///< the file's name when the position was made
  std::uint64_t offset = 0;
  std::uint64_t number = 0;  ///< of the line before it
  KnownFile file;
  FileSample read;             ///< the file's beginning, as far as it lies before the position
  bool was_rotated = false;    ///< the file had another name than the log already
  bool numbers_grow = false;   ///< of the log's rotated files the one with the greatest number is the newest
  bool knows_rotated = false;  ///< whether the next member says anything
  std::optional<KnownFile>
      newest_rotated;                  ///< the newest file beside it that a log rotation made; none: there was none
  std::uint64_t rotated_files = 0;     ///< how many there were
  std::vector<FinishedFile> finished;  ///< in the order in which they were read

  /// Whether a build made it that kept no identities of files. Its positions have the offset as the size; those of
  /// pipes have no size.
  [[nodiscard]] bool of_earlier_build() const noexcept {
    return !file.has_identity() && finished.empty() && file.size == offset;
  }

  [[nodiscard]] std::string to_bytes() const;

  /// Also reads what earlier builds wrote, which named a file as the user wrote it.
  /// @throws RecoveryError
  static LinePosition from_bytes(const std::string& bytes);
};

/// Where reading has come to in a part of a file: no line of the part that begins before the offset is read again.
struct PartPlace {
  FilePart part;
  std::optional<bool> in_line;  ///< within a line whose beginning was emitted; nothing: so if no line feed is before it
  LinePosition position;

  [[nodiscard]] std::string to_bytes() const;

  /// Nothing if the position is one in a whole file.
  /// @throws RecoveryError  if it cannot be read
  static std::optional<PartPlace> from_bytes(const std::string& bytes);
};

}  // namespace weir::detail::text
