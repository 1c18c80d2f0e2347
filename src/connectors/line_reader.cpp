#include "weir/detail/line_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/block_reader.hpp"
#include "connectors/input_error.hpp"
#include "connectors/rotated_files.hpp"
#include "connectors/utf8.hpp"
#include "os/file.hpp"
#include "weir/errors.hpp"

namespace weir::detail {
namespace {

using connectors::BlockReader;
using connectors::FileHead;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_regular(const std::string& path) {
  struct stat status{};
  return path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Says at the start of a run what would otherwise only show when the file's turn comes.
void check_readable(const std::string& path) {
  if (path == "-") {
    return;
  }
  struct stat status{};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) {
    throw UsageError{fmt::format("\"{}\" is a directory; name a file", path)};
  }
  if (!there || ::access(path.c_str(), R_OK) != 0) {
    throw UsageError{fmt::format("\"{}\" cannot be read: {}", path, std::generic_category().message(errno))};
  }
}

struct Place {
  std::uint64_t offset = 0;
  std::uint64_t number = 0;
  FileHead head;
  std::string log;
};

Place parse_place(const std::string& position) {
  Place place;
  const char* at = position.data();
  const char* const end = at + position.size();
  for (std::uint64_t* const number : {&place.offset, &place.number, &place.head.bytes, &place.head.hash}) {
    const auto parsed = std::from_chars(at, end, *number);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ' ') {
      connectors::refuse_input(fmt::format("the position \"{}\" is none of a text file", position));
    }
    at = parsed.ptr + 1;
  }
  place.log.assign(at, end);
  return place;
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator next{directory, error}, end; !error && next != end; next.increment(error)) {
    const std::string name = next->path().filename().string();
    if (!name.starts_with('.') && next->is_regular_file(error)) {
      files.push_back(next->path().string());
    }
  }
  if (error) {
    throw UsageError{fmt::format("the directory \"{}\" cannot be read: {}", directory, error.message())};
  }
  if (files.empty()) {
    throw UsageError{fmt::format("the directory \"{}\" has no files", directory)};
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> list_files(const std::vector<std::string>& paths) {
  if (paths.empty()) {
    throw UsageError{"there is no file to read; name one, or - for standard input"};
  }
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != "-" && std::filesystem::is_directory(path, error)) {
      std::ranges::move(files_in(path), std::back_inserter(files));
    } else {
      check_readable(path);
      files.push_back(path);
    }
  }
  std::vector<std::string> sorted = files;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    throw UsageError{fmt::format("\"{}\" is named twice; each file is read once", *twice)};
  }
  return files;
}

LineReader::LineReader(const std::vector<std::string>& paths, const ListFiles& others, LineLimits limits,
                       const std::optional<std::string>& position, const OpenContext& context)
    : limits_{limits}, waker_{context.waker}, io_{&context.io} {
  std::ranges::transform(paths, std::back_inserter(files_),
                         [](const std::string& path) { return File{path, path, is_regular(path)}; });
  ends_ = std::ranges::all_of(files_, &File::regular);
  if (position) {
    go_on_from(*position, others);
  }
  open_file();
}

LineReader::~LineReader() = default;

void LineReader::go_on_from(const std::string& position, const ListFiles& others) {
  const Place place = parse_place(position);
  const auto file = std::ranges::find(files_, place.log, &File::log);
  if (file == files_.end()) {
    connectors::refuse_input(fmt::format(
        "reading had come to \"{}\", which is not among the files any more; name it again, or begin anew with another "
        "recovery directory",
        place.log));
  }
  file_ = static_cast<std::size_t>(file - files_.begin());
  if (place.offset == 0 || !file->regular) {
    return;  // of a pipe: what comes next
  }
  offset_ = place.offset;
  number_ = place.number;
  std::vector<File> log;
  for (std::string& path : connectors::files_of_log(place.log, place.head, place.offset, others)) {
    log.push_back({std::move(path), place.log, true});
  }
  head_ = os::File{log.front().path, O_RDONLY}.read(0, std::min(offset_, FileHead::kMostBytes));
  files_.insert(files_.erase(file), log.begin(), log.end());
}

void LineReader::open_file() {
  const File& file = files_[file_];
  reader_ = std::make_shared<BlockReader>(file.path, file.regular, offset_, waker_, *io_);
  file_ended_ = false;
}

LineReader::Next LineReader::next_across_blocks() {
  if (std::exchange(carried_is_line_, false)) {
    carried_.clear();
    if (at_ != end_ || file_ended_) {
      return file_ended_ ? end_file() : next(rejects_);
    }
  }
  while (true) {
    carry(end_);
    if (const Next next = take_block(); next != Next::kLine) {
      return next == Next::kEnd ? end_file() : next;
    }
    if (char* const feed = find_feed(); feed != nullptr) {
      if (carried_.empty() && !too_long_) {
        return next(rejects_);
      }
      carry(feed);
      ++at_;
      if (too_long_) {
        ++dropped_;
        end_too_long();
      }
      carried_is_line_ = true;
      take_line(carried_.data(), carried_.size(), 1);
      return Next::kLine;
    }
  }
}

// Keeps what is left of the block up to there, for a line that goes on in the next one.
void LineReader::carry(char* upto) {
  carried_.append(at_, upto);
  at_ = upto;
  if (carried_.size() > limits_.max_bytes && !too_long_) {
    if (!rejects_) {
      ++number_;
      fail_too_long();
    }
    too_long_ = true;
    copy_ = carried_.substr(0, kMaxCopyBytes);
  }
  if (too_long_) {
    dropped_ += carried_.size();
    carried_.clear();
  }
}

// Of a line that is too long nothing counts before its end, or a snapshot could have it begin in the middle.
void LineReader::end_too_long() {
  too_long_ = false;
  offset_ += std::exchange(dropped_, 0);
  ++number_;
  fail_too_long();
}

void LineReader::fail_too_long() const {
  throw InputError{
      fmt::format("{}: a line of more than {} bytes; divide it, or raise the limit", where(), limits_.max_bytes)};
}

// kLine: there is a block.
LineReader::Next LineReader::take_block() {
  if (file_ended_) {
    return Next::kEnd;
  }
  BlockReader::Block block{std::move(block_), 0};
  const BlockReader::Taken taken = reader_->take(block);
  block_ = std::move(block.bytes);
  switch (taken) {
    case BlockReader::Taken::kBlock:
      at_ = block_.get();
      end_ = at_ + block.size;
      head_.append(at_, std::min(block.size, FileHead::kMostBytes - head_.size()));
      return Next::kLine;
    case BlockReader::Taken::kNothing:
      return Next::kNothing;
    case BlockReader::Taken::kStopped:
      carried_.clear();
      too_long_ = false;
      file_ended_ = true;
      return Next::kEnd;
    case BlockReader::Taken::kEnd:
      file_ended_ = true;
      return Next::kEnd;
  }
  return Next::kNothing;
}

// A file need not end with a line feed.
LineReader::Next LineReader::end_file() {
  if (too_long_) {
    end_too_long();
  }
  if (!carried_.empty()) {
    carried_is_line_ = true;
    take_line(carried_.data(), carried_.size(), 0);
    return Next::kLine;
  }
  if (stopped_ || file_ + 1 == files_.size()) {
    return Next::kEnd;
  }
  ++file_;
  offset_ = 0;
  number_ = 0;
  head_.clear();
  open_file();
  return next_across_blocks();
}

void LineReader::check_line() {
  if (size_ > limits_.max_bytes) {
    fail_too_long();
  }
  if (number_ == 1 && text().starts_with(kByteOrderMark)) {
    line_ += kByteOrderMark.size();
    size_ -= kByteOrderMark.size();
  }
  if (limits_.utf8) {
    if (const std::size_t valid = connectors::valid_utf8(text()); valid != size_) {
      fail(valid, fmt::format("the byte 0x{:02x} begins no character of UTF-8; lines are expected to be UTF-8",
                              static_cast<unsigned char>(line_[valid])));
    }
  }
}

std::string LineReader::where() const {
  return fmt::format("{}:{}", files_[file_].path == "-" ? "standard input" : files_[file_].path, number_);
}

void LineReader::fail(std::size_t at, const std::string& what) const {
  throw InputError{fmt::format("{}:{}: {}", where(), at + 1, what)};
}

void LineReader::fail_nested() const { connectors::fail_input_nested(where()); }

std::string LineReader::position() const {
  const FileHead head = FileHead::of(std::string_view{head_}.substr(0, offset_));
  return fmt::format("{} {} {} {} {}", offset_, number_, head.bytes, head.hash, files_[file_].log);
}

bool LineReader::stop() {
  stopped_ = true;
  reader_->stop();
  return !files_[file_].regular;
}

}  // namespace weir::detail
