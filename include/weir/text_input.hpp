#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/runtime/make_as.hpp"
#include "weir/detail/text/line_files.hpp"
#include "weir/detail/text/line_reader.hpp"
#include "weir/errors.hpp"
#include "weir/source.hpp"

namespace weir {

namespace detail {

/// A partition of lines, which a `Parse`, called with the reader and the emit, turns into items.
template <typename T, typename Parse>
class LinePartition final : public SourcePartition<T> {
 public:
  LinePartition(Parse parse, const text::LineFiles& files, const std::string& name,
                const std::optional<std::string>& position, const OpenContext& context)
      : parse_{std::move(parse)}, lines_{files.input(name), position, context} {}

  Poll poll(Emit<T>& emit) override {
    const bool rejects = emit.takes_bad_records();
    while (emit.open()) {
      try {
        switch (lines_.next(rejects)) {
          case text::LineReader::Next::kLine:
            parse_(lines_, emit);
            break;
          case text::LineReader::Next::kNothing:
            return Poll::idle();
          case text::LineReader::Next::kEnd:
            return Poll::end();
        }
      } catch (const InputError& error) {
        if (!rejects) {
          throw;
        }
        emit.bad_record(error.what(), lines_.take_copy());
      }
    }
    return Poll::more();
  }

  [[nodiscard]] std::string position() const override { return lines_.position(); }
  [[nodiscard]] bool begins_with_position() const override { return lines_.begins_with_position(); }
  [[nodiscard]] std::string left_over() const override { return lines_.left_over(); }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return lines_.progress(); }
  [[nodiscard]] bool ends() const override { return lines_.ends(); }
  [[nodiscard]] bool replayable() const override { return lines_.ends(); }
  [[nodiscard]] bool stop() override { return lines_.stop(); }

 private:
  Parse parse_;
  text::LineReader lines_;
};

struct EmitText {
  void operator()(const text::LineReader& lines, Emit<std::string>& emit) const { emit(std::string{lines.text()}); }
};

}  // namespace detail

/// The lines of text files.
///
///     flow.input("lines", weir::TextFiles{{"a.txt", "logs/", "-"}})
///
/// Each file is a partition: one worker reads it once, its lines in order. The order between files is undefined. A
/// directory stands for the files in it whose names do not begin with a dot, `-` for standard input. A file with two
/// names in a directory, as by a link, is read once; weir refuses two arguments that lead to one file. A line has no
/// line feed and no carriage return before it; the last line of a file may lack its line feed, except as follows.
/// Reading happens on the run's I/O thread. A partition's position is a number of bytes; from standard input, pipes and
/// terminals the next run reads the lines that come next.
///
/// In a run with recovery a file may grow until the next run. A last line without a line feed waits for the run that
/// finds its end, and the run reports it; `complete_files` emits it at once.
///
/// A resumed run reads the lines added to a file since, and new files of a directory. A file keeps its position by its
/// canonical path. If a log rotation renamed a named file (`app.log` to `app.log.1` or `app.log-20261124`), or copied
/// and emptied it, weir finds the file again by its inode or by its beginning. It reads that file to its end, then the
/// files that came after it in the order of their numbers or dates, then the file that has the name now. weir refuses
/// the run if it cannot tell which file is the right one; docs/recovery.md has more.
///
/// A line that is not UTF-8 or longer than 16 MiB is a bad record: the run fails with an `InputError`, unless the input
/// has another policy (`OnBadRecord`, `Dataflow::try_input`). The run fails with a `UsageError`, before it starts, if a
/// file is missing or may not be read.
class TextFiles {
 public:
  using Item = std::string;  ///< a line, without its line feed

  /// Files, or directories of files; `-` is standard input.
  explicit TextFiles(std::vector<std::string> paths) : files_{std::move(paths)} {}

  /// Reads all files as one partition, one after another: in the order in which they were named, those of a directory
  /// by name. weir refuses a resumed run if a file that was read to its end before another has grown, or if a new one
  /// comes before a file that was read. In a run with recovery only the last one may be a pipe or standard input.
  /// @throws BuildError  after `in_parts`
  TextFiles& as_one_stream() {
    files_.set_as_one();
    return *this;
  }

  /// Reads each file in so many parts, each of which is a partition, so that several workers read one file. **The order
  /// of its lines is lost**: it holds within a part alone, so a keyed step may see two lines of a key in another order.
  ///
  ///     flow.input("lines", weir::TextFiles{{"large.txt"}}.in_parts())
  ///
  /// Parts lie in the file by turns: of three, the second one has the lines that begin in the second stripe of
  /// `stripe_bytes` bytes, in the fifth, and so on. So they advance side by side, also in event time, and a file may
  /// grow. A run may resume what another one began with another number of parts, or with whole files, if that one was
  /// not interrupted. Pipes and standard input are read whole.
  /// @param count         at most as many workers read a file; one worker reads eight parts at a time
  /// @param stripe_bytes  of the file; a line may be longer
  /// @throws BuildError  if a number is 0, or after `as_one_stream`
  TextFiles& in_parts(std::size_t count = kDefaultParts, std::size_t stripe_bytes = kDefaultStripeBytes) {
    files_.set_parts(count, stripe_bytes);
    return *this;
  }
  static constexpr std::size_t kDefaultParts = 8;                  ///< see `in_parts`
  static constexpr std::size_t kDefaultStripeBytes = 64UL * 1024;  ///< see `in_parts`

  /// The maximum length of a line, which must fit into memory.
  TextFiles& max_line_bytes(std::size_t bytes) {
    files_.limits().max_bytes = bytes;
    return *this;
  }

  /// Takes lines of any bytes. A byte order mark of UTF-8 at the beginning of a file is skipped all the same.
  TextFiles& any_encoding() {
    files_.limits().utf8 = false;
    return *this;
  }

  /// Declares that files do not grow: a run with recovery too emits a last line without a line feed. If the line grows
  /// later all the same, the added part up to its line feed is a bad record.
  TextFiles& complete_files() {
    files_.limits().complete_files = true;
    return *this;
  }

  /// One for each file, or for each part of one; a directory gives those of its files.
  /// @throws UsageError  if a directory cannot be read
  [[nodiscard]] std::vector<std::string> partitions() const { return files_.partitions(); }

  /// The files and directories that it reads.
  [[nodiscard]] std::vector<Resource> resources() const { return files_.resources(); }

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "line of a file"; }

  /// See `PartitionedSource`. A file that was renamed, or that an earlier build named otherwise, keeps its position.
  void rename_positions(const std::vector<std::string>& partitions,
                        std::map<std::string, std::string>& positions) const {
    files_.rename_positions(partitions, positions);
  }

  /// Opens a file at the byte of `position`, by default at its first.
  /// @throws UsageError  if it cannot be read
  [[nodiscard]] std::unique_ptr<SourcePartition<std::string>> open(const std::string& name,
                                                                   const std::optional<std::string>& position,
                                                                   const OpenContext& context) const {
    return detail::runtime::make_as<SourcePartition<std::string>, detail::LinePartition<std::string, detail::EmitText>>(
        detail::EmitText{}, files_, name, position, context);
  }

 private:
  detail::text::LineFiles files_;
};

/// The lines of standard input, as `TextFiles{{"-"}}`.
class StandardInput : public TextFiles {
 public:
  StandardInput() : TextFiles{{"-"}} {}
};

}  // namespace weir
