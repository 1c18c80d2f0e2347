#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/line_reader.hpp"
#include "weir/detail/make_as.hpp"
#include "weir/errors.hpp"
#include "weir/source.hpp"

namespace weir {

namespace detail {

/// What sources of lines have in common: which files, how they are partitions, what lines may be.
class LineFiles {
 public:
  explicit LineFiles(std::vector<std::string> paths) : paths_{std::move(paths)} {}

  [[nodiscard]] std::vector<std::string> partitions() const {
    std::vector<std::string> listed = files();
    return as_one_ ? std::vector<std::string>{kAsOne} : listed;
  }

  [[nodiscard]] std::vector<std::string> files() const { return list_files(paths_); }

  [[nodiscard]] std::vector<std::string> files_of(const std::string& partition) const {
    return as_one_ ? files() : std::vector<std::string>{partition};
  }

  void set_as_one() { as_one_ = true; }
  [[nodiscard]] LineLimits& limits() noexcept { return limits_; }
  [[nodiscard]] const LineLimits& limits() const noexcept { return limits_; }

 private:
  static constexpr const char* kAsOne = "all files";

  std::vector<std::string> paths_;
  LineLimits limits_;
  bool as_one_ = false;
};

/// A partition of lines, each of which becomes an item by `Parse::parse(LineReader&)`.
template <typename T, typename Parse>
class LinePartition final : public SourcePartition<T> {
 public:
  LinePartition(Parse parse, const LineFiles& files, const std::string& name,
                const std::optional<std::string>& position, const OpenContext& context)
      : parse_{std::move(parse)},
        lines_{files.files_of(name), [&files] { return files.files(); }, files.limits(), position, context} {}

  Poll poll(Emit<T>& emit) override {
    const bool rejects = emit.takes_bad_records();
    while (emit.open()) {
      try {
        switch (lines_.next(rejects)) {
          case LineReader::Next::kLine:
            parse_(lines_, emit);
            break;
          case LineReader::Next::kNothing:
            return Poll::idle();
          case LineReader::Next::kEnd:
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
  [[nodiscard]] bool ends() const override { return lines_.ends(); }
  [[nodiscard]] bool replayable() const override { return lines_.ends(); }
  [[nodiscard]] bool stop() override { return lines_.stop(); }

 private:
  Parse parse_;
  LineReader lines_;
};

struct EmitText {
  void operator()(const LineReader& lines, Emit<std::string>& emit) const { emit(std::string{lines.text()}); }
};

}  // namespace detail

/// The lines of text files.
///
///     flow.input("lines", weir::TextFiles{{"a.txt", "logs/", "-"}})
///
/// Each file is a partition: it is read once, by one worker, its lines in order; nothing is said between files. A
/// directory stands for the files in it whose names do not begin with a dot, `-` for standard input. A line has no line
/// feed and no carriage return before it; the last line of a file may lack its line feed. Reading happens on the run's
/// I/O thread. A partition's position is a number of bytes; of standard input, pipes and terminals the next run reads
/// what comes next.
///
/// A run that goes on reads what was added to a file since, and new files of a directory. A file that is named, and
/// that a log rotation renamed (`app.log` to `app.log.1` or `app.log-20261124`) or copied and emptied, is known again
/// by its first 1,024 bytes: it is read to its end, then the files that came behind it, then the one that has its name
/// now.
///
/// A line that is not UTF-8 or longer than 16 MiB is a bad record: the run fails with an `InputError`, unless the input
/// is told what else to do (`OnBadRecord`, `Dataflow::try_input`). It fails with a `UsageError`, before it starts,
/// where a file is missing or may not be read.
class TextFiles {
 public:
  using Item = std::string;

  explicit TextFiles(std::vector<std::string> paths) : files_{std::move(paths)} {}

  /// Reads all files as one partition, one behind the other: in the order in which they were named, those of a
  /// directory by name.
  TextFiles& as_one_stream() {
    files_.set_as_one();
    return *this;
  }

  /// What a line may have at most; it must fit into memory.
  TextFiles& max_line_bytes(std::size_t bytes) {
    files_.limits().max_bytes = bytes;
    return *this;
  }

  /// Takes lines of any bytes.
  TextFiles& any_encoding() {
    files_.limits().utf8 = false;
    return *this;
  }

  [[nodiscard]] std::vector<std::string> partitions() const { return files_.partitions(); }

  [[nodiscard]] std::unique_ptr<SourcePartition<std::string>> open(const std::string& name,
                                                                   const std::optional<std::string>& position,
                                                                   const OpenContext& context) const {
    return detail::make_as<SourcePartition<std::string>, detail::LinePartition<std::string, detail::EmitText>>(
        detail::EmitText{}, files_, name, position, context);
  }

 private:
  detail::LineFiles files_;
};

/// The lines of standard input, as `TextFiles{{"-"}}`.
class StandardInput : public TextFiles {
 public:
  StandardInput() : TextFiles{{"-"}} {}
};

}  // namespace weir
