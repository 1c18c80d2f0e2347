#include "text/read_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <ranges>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "io/input_error.hpp"
#include "os/file.hpp"
#include "text/rotated_files.hpp"
#include "text/rotated_names.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

constexpr const char* kOneStream =
    "one stream reads its files in order and never returns to a finished one; read the files that grow as partitions "
    "of their own, or begin anew with another recovery directory";

// The bytes that a file has gained, if they only end its last line.
bool ends_last_line(const std::string& path, std::uint64_t before) {
  const std::string gained = os::File{path, O_RDONLY}.read(before == 0 ? 0 : before - 1, 4);
  return before != 0 && !gained.starts_with('\n') && (gained.substr(1) == "\n" || gained.substr(1) == "\r\n");
}

std::string folder_of(const std::string& path) { return std::filesystem::path{path}.parent_path().string(); }
std::string name_of(const std::string& path) { return std::filesystem::path{path}.filename().string(); }

/// The files that one stream has finished: they must be unchanged, and no new file may come between them.
class FinishedFiles {
 public:
  FinishedFiles(const LineInput& input, const LinePosition& position) : input_{input}, position_{position} {
    for (const FinishedFile& each : position.finished) {
      by_log_[each.log] = &each;
    }
  }

  [[nodiscard]] bool has(const std::string& log) const { return by_log_.contains(log); }

  void check() const {
    for (std::size_t i = 0; i < input_.files.size(); ++i) {
      const LineFile& file = input_.files[i];
      if (file.log == position_.log) {
        continue;  // by_log_ may have what it was before it was rotated
      }
      if (has(file.log)) {
        check_unchanged(file, *by_log_.at(file.log));
      } else {
        check_not_renamed(file);
        check_not_earlier(i);
      }
    }
  }

 private:
  void check_unchanged(const LineFile& file, const FinishedFile& was) const {
    struct stat status{};
    if (!file.regular || ::stat(file.path.c_str(), &status) != 0 || status.st_size == 0) {
      return;  // emptied: nothing to read
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > was.size && !ends_last_line(file.path, was.size)) {
      io::refuse_input(
          fmt::format("\"{}\" was read to its end at {} bytes, before \"{}\" was begun, and has {} bytes "
                      "now: {}",
                      file.path, was.size, position_.log, size, kOneStream));
    }
    if (size < was.size) {
      io::refuse_input(
          fmt::format("\"{}\" was read to its end at {} bytes, before \"{}\" was begun, and is another file of {} "
                      "bytes now: {}",
                      file.path, was.size, position_.log, size, kOneStream));
    }
  }

  // A file that is gone may have given its inode to another one.
  void check_not_renamed(const LineFile& file) const {
    const std::optional<KnownFile> now = KnownFile::of(file.path);
    const auto was_it = [&](const FinishedFile& each) {
      const bool known_well = each.head.bytes == KnownFile::kSampleBytes;  // others may begin like a small one
      return now && now->identity.is(each.identity) && each.head.bytes > 0 &&
             (known_well ? now->size >= each.size : now->size == each.size) &&
             FileSample::of(os::File{file.path, O_RDONLY}.read(0, each.head.bytes)) == each.head;
    };
    const auto finished = std::ranges::find_if(position_.finished, was_it);
    const bool is_last = now && position_.file.is(*now) && position_.file.size > 0 && position_.file.begins(file.path);
    if (finished != position_.finished.end() || is_last) {
      io::refuse_input(
          fmt::format("\"{}\" was read as \"{}\" before, and would be read again: {}", file.path,
                      is_last ? position_.log : finished->log,
                      "files that are read as one stream keep their names; give it its name back, or begin "
                      "anew with another recovery directory"));
    }
  }

  // By the order of the list; by the order of the names if the files that were read are gone.
  void check_not_earlier(std::size_t index) const {
    const LineFile& file = input_.files[index];
    const auto was_read = [&](const LineFile& other) { return has(other.log) || other.log == position_.log; };
    const auto later = std::ranges::find_if(input_.files | std::views::drop(index + 1), was_read);
    std::string before = later != input_.files.end() ? later->path : std::string{};
    const auto comes_before = [&](const std::string& log) {
      return file.listed && folder_of(log) == folder_of(file.log) && name_of(file.path) < name_of(log);
    };
    if (before.empty() && comes_before(position_.log)) {
      before = position_.log;
    }
    for (const FinishedFile& each : position_.finished) {
      before = before.empty() && comes_before(each.log) ? each.log : before;
    }
    if (!before.empty()) {
      io::refuse_input(fmt::format("\"{}\" is new and comes before \"{}\", which an earlier run reached: {}", file.path,
                                   before, kOneStream));
    }
  }

  const LineInput& input_;
  const LinePosition& position_;
  std::map<std::string, const FinishedFile*> by_log_;
};

// Of the files that are gone, only the last one of each folder matters: no new file may have a name before it.
void forget_gone(const LineInput& input, std::vector<FinishedFile>& finished) {
  std::map<std::string, std::string> last;
  for (const FinishedFile& each : finished) {
    last[folder_of(each.log)] = each.log;
  }
  std::erase_if(finished, [&](const FinishedFile& each) {
    return last[folder_of(each.log)] != each.log &&
           std::ranges::find(input.files, each.log, &LineFile::log) == input.files.end();
  });
}

bool names(const LineFile& file, const LinePosition& position) {
  std::error_code gone;
  return file.log == position.log ||
         (!position.file.has_identity() && std::filesystem::weakly_canonical(position.log, gone) == file.log);
}

// A writer may still have written to a renamed file after it was read to its end.
void check_rotated(const LineFile& log, const LinePosition& position, RotatedNames& names) {
  for (const FinishedFile& was : position.finished) {
    if (was.log != position.log) {
      continue;
    }
    for (const RotatedFile& file : names.of(log.log, position.numbers_grow).files) {
      const std::optional<KnownFile> now = KnownFile::of(file.path);
      if (now && now->identity.is(was.identity) && now->size > was.size && !ends_last_line(file.path, was.size)) {
        io::refuse_input(fmt::format(
            "\"{}\" grew by {} bytes after it was read to its end and \"{}\" was begun: the new lines would be lost; "
            "begin anew with another recovery directory",
            file.path, now->size - was.size, log.path));
      }
    }
  }
}

// If other files follow a pipe, a resumed run cannot tell whether the next bytes in it are new.
void check_pipes(const LineInput& input) {
  const auto pipe = std::ranges::find_if_not(input.files, &LineFile::regular);
  if (pipe != input.files.end() && pipe + 1 != input.files.end()) {
    throw UsageError{fmt::format(
        "{} is read as one stream with files after it: in a run with recovery only the last one can be a pipe or "
        "standard input; name it last, or read it in a step of its own",
        pipe->path == "-" ? "standard input" : fmt::format("\"{}\"", pipe->path))};
  }
}

}  // namespace

ReadFiles::ReadFiles(const LineInput& input, const std::optional<std::string>& position, bool looks)
    : part_{input.part} {
  if (looks && input.in_order) {
    check_pipes(input);
  }
  for (const LineFile& file : input.files) {
    files_.push_back({file, {}, false, false, {}, 0});
  }
  if (position) {
    resume(input, *position);
  }
  if (looks) {
    look_at(*input.rotated);
  }
}

void ReadFiles::resume(const LineInput& input, const std::string& bytes) {
  LinePosition position = LinePosition::from_bytes(bytes);
  const bool of_pipe = !position.file.has_identity() && !position.of_earlier_build();
  if (input.in_order) {
    if (!position.of_earlier_build()) {  // which kept nothing of the files before this one
      FinishedFiles{input, position}.check();
    }
    const auto found = std::ranges::find_if(input.files, [&](const LineFile& file) { return names(file, position); });
    if (found == input.files.end()) {
      over_at_ = bytes;
      resume_without(input, std::move(position));
      return;
    }
    file_ = static_cast<std::size_t>(found - input.files.begin());
  }
  const LineFile file = now();
  finished_ = position.finished;
  for (std::size_t i = 0; position.of_earlier_build() && i < file_; ++i) {  // which kept none
    const KnownFile known = KnownFile::of(files_[i].file.path).value_or(KnownFile{});
    finished_.push_back({files_[i].file.log, known.identity, known.size, 0, known.head});
  }
  forget_gone(input, finished_);
  if (!file.regular || of_pipe || (!position.file.has_identity() && position.offset == 0)) {
    return;  // of a pipe: reads what comes next, also if a file has taken its place
  }
  offset_ = position.offset;
  number_ = position.number;
  position.log = file.log;
  std::vector<ReadFile> log;
  LogFiles found = files_of_log(file, position, *input.rotated, input.others);
  log.reserve(found.paths.size());
  for (std::string& path : found.paths) {
    log.push_back({{std::move(path), file.log, true, file.listed}, {}, found.numbers_grow, false, {}, 0});
  }
  check_rotated(file, position, *input.rotated);
  const os::File first{log.front().file.path, O_RDONLY};
  in_line_ = offset_ != 0 && first.read(offset_ - 1, 1) != "\n";
  if (const auto place = PartPlace::from_bytes(bytes); place && place->in_line) {
    in_line_ = *place->in_line;  // of a part, bytes before it may be another one's
  }
  head_ = first.read(0, std::min(offset_, KnownFile::kSampleBytes));
  const auto at = files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(file_));
  files_.insert(at, std::make_move_iterator(log.begin()), std::make_move_iterator(log.end()));
}

// The file that the position is in is gone: where it was read to its end, the next one is read.
void ReadFiles::resume_without(const LineInput& input, LinePosition position) {
  if (!position.file.has_identity() || position.offset < position.file.size) {
    io::refuse_input(fmt::format(
        "the stored position is byte {} of \"{}\", which is not among the files any more; put it back, or begin anew "
        "with another recovery directory",
        position.offset, position.log));
  }
  const auto was_finished = [&](const ReadFile& each) {
    return std::ranges::find(position.finished, each.file.log, &FinishedFile::log) != position.finished.end();
  };
  const auto next = std::ranges::find_if_not(files_, was_finished);
  over_ = next == files_.end();
  file_ = over_ ? files_.size() - 1 : static_cast<std::size_t>(next - files_.begin());
  finished_ = std::move(position.finished);
  finished_.push_back({position.log, position.file.identity, position.file.size, position.number, position.file.head});
  forget_gone(input, finished_);
}

void ReadFiles::look_at(RotatedNames& names) {
  for (std::size_t i = file_; i < files_.size(); ++i) {
    ReadFile& each = files_[i];
    if (!each.file.regular) {
      continue;
    }
    each.known = KnownFile::of(each.file.path).value_or(KnownFile{});
    if (!each.file.listed) {
      const RotatedFiles beside = names.of(each.file.log, each.numbers_grow);
      each.knows_rotated = true;
      each.rotated_files = beside.files.size();
      each.newest_rotated = beside.files.empty() ? std::nullopt : KnownFile::of(beside.files.back().path);
    }
  }
  known_ = files_[file_].known;
  look_at_head();
}

// What a part reads need not be the file's beginning.
void ReadFiles::look_at_head() {
  if (!part_ || !known_.has_identity()) {
    return;
  }
  try {
    head_ = os::File{now().path, O_RDONLY}.read(0, known_.head.bytes);
  } catch (const std::system_error&) {
    head_.clear();  // gone in the meantime
  }
}

bool ReadFiles::end() const {
  return std::ranges::all_of(files_, [](const ReadFile& each) { return each.file.regular; });
}

std::uint64_t ReadFiles::bytes_left() const {
  std::uint64_t bytes = 0;
  for (std::size_t i = file_; i < files_.size(); ++i) {
    std::error_code unknown;
    const std::uintmax_t size = std::filesystem::file_size(files_[i].file.path, unknown);
    bytes += unknown ? 0 : part_ ? part_->bytes_within(size) : size;
  }
  return bytes;
}

void ReadFiles::finish(std::uint64_t lines) {
  std::erase_if(finished_, [&](const FinishedFile& each) { return each.log == now().log; });
  finished_.push_back({now().log, known_.identity, known_.size, lines, known_.head});
  known_ = files_[++file_].known;
  head_.clear();
  look_at_head();
}

void ReadFiles::add_block(std::string_view block) {
  if (!part_) {
    head_.append(block.substr(0, KnownFile::kSampleBytes - head_.size()));
  }
}

std::string ReadFiles::position(std::uint64_t offset, std::uint64_t number, bool in_line) const {
  if (over_) {
    return over_at_;
  }
  const ReadFile& read = files_[file_];
  LinePosition position;
  position.log = read.file.log;
  position.offset = offset;
  position.number = number;
  position.file = known_;
  position.read = FileSample::of(std::string_view{head_}.substr(0, offset));
  position.was_rotated = file_ + 1 != files_.size() && files_[file_ + 1].file.log == read.file.log;
  position.numbers_grow = read.numbers_grow;
  position.knows_rotated = read.knows_rotated;
  position.newest_rotated = read.newest_rotated;
  position.rotated_files = read.rotated_files;
  position.finished = finished_;
  return part_ ? PartPlace{*part_, in_line, std::move(position)}.to_bytes() : position.to_bytes();
}

}  // namespace weir::detail::text
