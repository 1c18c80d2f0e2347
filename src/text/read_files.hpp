#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/known_file.hpp"
#include "text/line_position.hpp"
#include "text/rotated_names.hpp"
#include "weir/detail/text/line_reader.hpp"

namespace weir::detail::text {

/// A file of a partition, as it was when the run began.
struct ReadFile {
  LineFile file;  ///< its log is the name that it had before it was rotated
  KnownFile known;
  bool numbers_grow = false;  ///< as in a position
  bool knows_rotated = false;
  std::optional<KnownFile> newest_rotated;
  std::uint64_t rotated_files = 0;
};

/// The files of a partition, which are read one after another, and the one that is read now.
class ReadFiles {
 public:
  /// @param position  what `position` said before
  /// @param looks     looks at the files, so that a later run finds them again
  /// @throws RecoveryError  if it cannot be resumed from the position: the file is another one, or one before it has
  /// changed
  ReadFiles(const LineInput& input, const std::optional<std::string>& position, bool looks);

  /// All are regular.
  [[nodiscard]] bool end() const;

  [[nodiscard]] const LineFile& now() const noexcept { return files_[file_].file; }
  [[nodiscard]] const KnownFile& known() const noexcept { return known_; }
  [[nodiscard]] bool is_last() const noexcept { return file_ + 1 == files_.size(); }

  /// Where the first of them is read from.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// The sizes of the files that are not finished, now.
  [[nodiscard]] std::uint64_t bytes_left() const;
  /// Whether the line before it had no end.
  [[nodiscard]] bool in_line() const noexcept { return in_line_; }
  /// No file follows those that were read, the last of which is gone.
  [[nodiscard]] bool over() const noexcept { return over_; }

  /// The file that is read now was this when it came to its end.
  void ended(const KnownFile& known) { known_ = known; }

  /// Moves to the next file.
  /// @param lines  of the one that is finished
  void finish(std::uint64_t lines);

  /// A block of the file that is read now was read.
  void add_block(std::string_view block);

  /// @param in_line  whether it is within a line whose beginning was emitted
  [[nodiscard]] std::string position(std::uint64_t offset, std::uint64_t number, bool in_line) const;

 private:
  void resume(const LineInput& input, const std::string& bytes);
  void resume_without(const LineInput& input, LinePosition position);
  void look_at(RotatedNames& names);
  void look_at_head();

  std::optional<FilePart> part_;
  std::vector<ReadFile> files_;
  std::size_t file_ = 0;
  KnownFile known_;
  std::string head_;  // the beginning of the file that is read now, as far as it was read
  std::vector<FinishedFile> finished_;
  std::uint64_t offset_ = 0;
  std::uint64_t number_ = 0;
  bool in_line_ = false;
  bool over_ = false;
  std::string over_at_;  // the position then
};

}  // namespace weir::detail::text
