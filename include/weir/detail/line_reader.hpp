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

#include "weir/source.hpp"

namespace weir::connectors {
class BlockReader;
}

namespace weir::detail {

/// What lines may be.
struct LineLimits {
  std::size_t max_bytes = 16 * 1024 * 1024;
  bool utf8 = true;
};

using ListFiles = std::function<std::vector<std::string>()>;

/// Cuts files, one behind the other, into lines. A line ends with a line feed, before which a carriage return is
/// dropped, or with its file. A byte order mark at the beginning of a file is skipped.
class LineReader {
 public:
  /// @param paths     of `list_files`
  /// @param others    lists all files that the source reads; called where a file was rotated
  /// @param position  what `position` said before, of the same files; they may have been rotated since
  /// @throws RecoveryError  if the position is of another file
  LineReader(const std::vector<std::string>& paths, const ListFiles& others, LineLimits limits,
             const std::optional<std::string>& position, const OpenContext& context);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  enum class Next {
    kLine,
    kNothing,  ///< the waker is called when there is something
    kEnd,
  };

  /// Goes to the next line.
  /// @param rejects  whether reading goes on behind a line that cannot be used: then it is copied before it is changed,
  ///                 and a line that is too long is read to its end
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

  /// The line as it was read; of one that is too long its beginning. Only if it was told to reject.
  [[nodiscard]] std::string take_copy() { return std::move(copy_); }

  /// The line, with a NUL behind it; it may be changed in place and stays until `next`.
  [[nodiscard]] char* data() const noexcept { return line_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view text() const noexcept { return {line_, size_}; }

  /// Throws an InputError that names the file, the line and the column.
  /// @param at  the byte of the line as it was read
  [[noreturn]] void fail(std::size_t at, const std::string& what) const;

  /// Throws one that names the file and the line, with what is being handled nested.
  [[noreturn]] void fail_nested() const;

  /// Behind the line, as bytes that the constructor understands.
  [[nodiscard]] std::string position() const;

  /// Whether it reads regular files alone, which end.
  [[nodiscard]] bool ends() const noexcept { return ends_; }

  /// As `SourcePartition::stop`. The beginning of a line whose end was not read is not kept.
  bool stop();

 private:
  static constexpr std::size_t kMaxCopyBytes = std::size_t{64} << 10;

  [[nodiscard]] char* find_feed() const {
    return static_cast<char*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
  }

  void take_line(char* line, std::size_t size, std::size_t terminator) {
    ++number_;
    offset_ += size + terminator;
    if (size != 0 && line[size - 1] == '\r') {
      --size;
    }
    line_ = line;
    size_ = size;
    line_[size] = '\0';
    if (rejects_) {
      copy_.assign(line, std::min(size, kMaxCopyBytes));
    }
    check_line();
  }

  Next next_across_blocks();
  void carry(char* upto);
  [[noreturn]] void end_too_long();
  [[noreturn]] void fail_too_long() const;
  Next take_block();
  Next end_file();
  void check_line();
  void go_on_from(const std::string& position, const ListFiles& others);
  void open_file();
  [[nodiscard]] std::string where() const;

  struct File {
    std::string path;
    std::string log;  // whose lines these are: the path, or what was its name before it was rotated
    bool regular;     // looked at once, since a worker touches no file
  };

  std::vector<File> files_;
  bool ends_;
  LineLimits limits_;
  Waker waker_;
  IoThread* io_;
  std::size_t file_ = 0;
  std::shared_ptr<connectors::BlockReader> reader_;  // shared with its jobs on the I/O thread
  std::unique_ptr<char[]> block_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::string carried_;  // the line so far, when it began in an earlier block
  bool carried_is_line_ = false;
  bool rejects_ = false;
  bool too_long_ = false;      // the line is, and is read to its end
  std::uint64_t dropped_ = 0;  // bytes of it
  std::string copy_;
  char* line_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t number_ = 0;  // of the line in its file
  std::uint64_t offset_ = 0;  // behind the line, in bytes of its file
  std::string head_;          // what was read of the beginning of the file
  bool file_ended_ = false;
  bool stopped_ = false;
};

/// The files that paths stand for: a directory for the files in it, by name, those that begin with a dot left out.
/// @throws UsageError  if one is not there, comes twice, or there are none
[[nodiscard]] std::vector<std::string> list_files(const std::vector<std::string>& paths);

}  // namespace weir::detail
