#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/detail/text/file_part.hpp"
#include "weir/source.hpp"

namespace weir::detail::text {
class BlockReader;
class ReadFiles;
class RotatedNames;
}  // namespace weir::detail::text

namespace weir::detail::text {

/// The limits of lines.
struct LineLimits {
  std::size_t max_bytes = 16 * 1024 * 1024;
  bool utf8 = true;
  bool complete_files = false;  ///< a file does not grow, so its last line needs no line feed
};

using ListFiles = std::function<std::vector<std::string>()>;

/// A file that a source reads.
struct LineFile {
  std::string path;      ///< as the user wrote it; `-` is standard input
  std::string log;       ///< its canonical path, which names it in positions
  bool regular = false;  ///< checked once, since a worker touches no file
  bool listed = false;   ///< found in a directory, not named by the user
};

/// The input of a partition.
struct LineInput {
  std::vector<LineFile> files;
  bool in_order = false;  ///< they are read one after another, as one stream
  ListFiles others;       ///< lists the names of all files that the source reads; called if a file was rotated
  LineLimits limits;
  std::shared_ptr<RotatedNames> rotated;  ///< shared by the partitions of a source, and by runs of it
  std::optional<FilePart> part;           ///< what is read of each file; nothing: all of it
};

/// Cuts files, one after another, into lines. A line ends with a line feed, before which a carriage return is dropped,
/// or with its file. A byte order mark at the beginning of a file is skipped. Of a part of files, the lines are those
/// that begin in its stripes.
///
/// If a later run may continue in the last file, a line there without a line feed is left to that run.
class LineReader {
 public:
  /// @param position  an earlier result of `position`, of the same files; they may have been rotated since
  /// @throws RecoveryError  if the position is of another file
  LineReader(const LineInput& input, const std::optional<std::string>& position, const OpenContext& context);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  enum class Next {
    kLine,
    kNothing,  ///< the waker is called when there is a line
    kEnd,
  };

  /// Moves to the next line.
  /// @param rejects  whether reading continues after a line that cannot be used: then the line is copied before it is
  ///                 changed, and a line that is too long is read to its end
  /// @throws InputError  if it is too long or not UTF-8
  Next next(bool rejects) {
    rejects_ = rejects;
    if (carried_.empty() && at_ != end_) [[likely]] {
      if (char* const feed = find_feed(); feed != nullptr) {
        char* const line = std::exchange(at_, feed + 1);
        take_line(line, static_cast<std::size_t>(feed - line), 1);
        return Next::kLine;
      }
    }
    return next_across_blocks();
  }

  /// The line as read, cut at the limit for a line and at 64 KiB. Only after `next(true)`.
  [[nodiscard]] std::string take_copy() { return std::move(copy_); }

  /// The line, followed by a NUL; the caller may change it in place. Valid until `next`.
  [[nodiscard]] char* data() const noexcept { return line_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view text() const noexcept { return {line_, size_}; }

  /// Whether the line lies in the block that was read last, and not in memory of its own.
  [[nodiscard]] bool is_in_block() const noexcept { return carried_.empty(); }
  /// Where that block ends. From the line's end to there, it is as it was read.
  [[nodiscard]] const char* block_end() const noexcept { return end_; }
  /// Which block it is, counted from 1.
  [[nodiscard]] std::uint64_t block() const noexcept { return blocks_; }

  /// Throws an InputError, as `fail`, if the line is not UTF-8. For those who take lines of any bytes.
  void check_utf8() const;

  /// Throws an InputError that names the file, the line and the column.
  /// @param at  the byte of the line as it was read
  [[noreturn]] void fail(std::size_t at, const std::string& what) const;

  /// Throws an InputError that names the file and the line, with the current exception nested.
  [[noreturn]] void fail_nested() const;

  /// The position after the line, as bytes that the constructor understands.
  [[nodiscard]] std::string position() const;

  /// Whether it reads only regular files, which end.
  [[nodiscard]] bool ends() const noexcept { return ends_; }

  /// As `SourcePartition::progress`, in bytes since the partition was opened and of the files as they were then.
  [[nodiscard]] std::optional<SourceProgress> progress() const;

  /// As `SourcePartition::begins_with_position`.
  [[nodiscard]] bool begins_with_position() const noexcept { return keeps_positions_ && ends_; }

  /// As `SourcePartition::left_over`.
  [[nodiscard]] std::string left_over() const;

  /// As `SourcePartition::stop`. Reads a partial line of a pipe to its end, and drops that of a file.
  bool stop();

 private:
  static constexpr std::size_t kMaxCopyBytes = std::size_t{64} << 10;

  [[nodiscard]] char* find_feed() const {
    return static_cast<char*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
  }

  void take_line(char* line, std::size_t size, std::size_t terminator) {
    ++number_;
    line_at_ = offset_;
    offset_ += size + terminator;
    if (size != 0 && line[size - 1] == '\r') {
      --size;
    }
    line_ = line;
    size_ = size;
    line_[size] = '\0';
    if (rejects_) {
      copy_.assign(line, copied_bytes(size));
    }
    check_line();
  }

  // How much of a line is copied: at most the limit, independent of where a block ended.
  [[nodiscard]] std::size_t copied_bytes(std::size_t size) const noexcept {
    return std::min({size, kMaxCopyBytes, limits_.max_bytes});
  }

  Next next_across_blocks();
  void carry(char* upto);
  [[noreturn]] void end_too_long();
  [[noreturn]] void fail_too_long() const;
  void take_rest(std::size_t terminator);
  Next take_block();
  Next end_file();
  void check_line();
  void open_file();
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  [[nodiscard]] std::string where() const;

  std::unique_ptr<ReadFiles> files_;
  std::optional<FilePart> part_;  // none: all of the files is read
  bool keeps_positions_;
  bool waits_;  // for the end of the last line
  bool ends_;
  std::uint64_t total_bytes_;         // of the files, if they end
  std::uint64_t finished_bytes_ = 0;  // of those before the one that is read now
  LineLimits limits_;
  Waker waker_;
  IoThread* io_;
  std::shared_ptr<BlockReader> reader_;  // shared with its jobs on the I/O thread
  std::unique_ptr<char[]> block_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::uint64_t blocks_ = 0;  // that were taken
  std::string carried_;       // the line so far, when it began in an earlier block
  bool carried_is_line_ = false;
  bool rejects_ = false;
  bool too_long_ = false;      // the line is, and must be read to its end
  std::uint64_t dropped_ = 0;  // bytes of it
  std::string copy_;
  char* line_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t number_ = 0;     // of the line in its file; of a part only whether it is the first one
  std::uint64_t offset_ = 0;     // after the line, in bytes of its file
  std::uint64_t line_at_ = 0;    // where it begins
  bool in_line_ = false;         // the next bytes belong to a line that was emitted without its end
  bool unended_ = false;         // the last line was emitted without its end
  std::uint64_t left_over_ = 0;  // bytes of a last line that waits or is incomplete
  bool rest_may_come_ = true;    // of a line of a pipe, after a stop
  bool shortened_ = false;       // whether the last file is now shorter than its position
  bool file_ended_ = false;
  bool stopped_ = false;
};

}  // namespace weir::detail::text
