#include "weir/detail/text/line_reader.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "io/input_error.hpp"
#include "text/block_reader.hpp"
#include "text/read_files.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

LineReader::LineReader(const LineInput& input, const std::optional<std::string>& position, const OpenContext& context)
    : files_{std::make_unique<ReadFiles>(input, position, context.keeps_positions)},
      part_{input.part},
      keeps_positions_{context.keeps_positions},
      waits_{context.keeps_positions && !context.ends_for_good && !input.limits.complete_files},
      ends_{files_->end()},
      total_bytes_{ends_ ? files_->bytes_left() : 0},
      limits_{input.limits},
      waker_{context.waker},
      io_{&context.io},
      number_{files_->number()},
      offset_{files_->offset()},
      in_line_{files_->in_line()} {
  open_file();
}

LineReader::~LineReader() = default;

void LineReader::open_file() {
  reader_ = std::make_shared<BlockReader>(
      files_->now().path, files_->now().regular, offset_,
      files_->known().has_identity() ? std::optional{files_->known()} : std::nullopt,
      part_ ? std::optional{Stripes{*part_, offset_, in_line_}} : std::nullopt, waker_, *io_);
  file_ended_ = files_->over();
  unended_ = false;
  if (part_ && part_->index != 0) {
    number_ = std::max<std::uint64_t>(number_, 1);  // another part has the first line
  }
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
      if (in_line_) {
        carry(feed);
        ++at_;
        take_rest(1);
        return next(rejects_);
      }
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

// Keeps the rest of the block up to there, for a line that continues in the next block.
void LineReader::carry(char* upto) {
  carried_.append(at_, upto);
  at_ = upto;
  const bool may_end = carried_.ends_with('\r');  // which is not part of the line if a line feed follows
  if (carried_.size() > limits_.max_bytes + (may_end ? 1 : 0) && !too_long_) {
    if (!rejects_ && !in_line_) {
      ++number_;
      line_at_ = offset_;
      fail_too_long();
    }
    too_long_ = true;
    copy_ = carried_.substr(0, copied_bytes(carried_.size()));
  }
  if (too_long_) {
    dropped_ += carried_.size();
    carried_.clear();
  }
}

// A line that is too long is counted at its end and not before, or a snapshot could resume in the middle of it.
void LineReader::end_too_long() {
  too_long_ = false;
  line_at_ = offset_;
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
      rest_may_come_ = true;
      at_ = block_.get() + block.begin;
      end_ = at_ + block.size;
      ++blocks_;
      if (part_ && carried_.empty() && !too_long_) {
        offset_ = block.offset;  // of a line that may begin in another stripe
      }
      files_->add_block({at_, block.size});
      return Next::kLine;
    case BlockReader::Taken::kNothing:
      return Next::kNothing;
    case BlockReader::Taken::kStopped:
      if (!files_->now().regular && (too_long_ || !carried_.empty())) {
        if (std::exchange(rest_may_come_, false)) {
          reader_->read_rest_of_line();
          return Next::kNothing;
        }
        left_over_ = carried_.size() + std::exchange(dropped_, 0);
      }
      carried_.clear();
      too_long_ = false;
      file_ended_ = true;
      return Next::kEnd;
    case BlockReader::Taken::kEnd:
      file_ended_ = true;
      if (reader_->known()) {
        files_->ended(*reader_->known());
      }
      shortened_ = reader_->shortened();
      return Next::kEnd;
  }
  return Next::kNothing;
}

// Takes the rest of a line that was emitted without its line feed. Anything but the line feed is an error.
void LineReader::take_rest(std::size_t terminator) {
  in_line_ = terminator == 0;
  line_at_ = offset_;
  offset_ += carried_.size() + std::exchange(dropped_, 0) + terminator;
  const bool too_long = std::exchange(too_long_, false);
  if (!too_long) {
    copy_ = carried_.substr(0, kMaxCopyBytes);
  }
  carried_.clear();
  if (too_long || !(copy_.empty() || copy_ == "\r")) {
    throw InputError{
        fmt::format("{}: the line grew after its beginning was read at the end of the file; the two parts cannot be "
                    "joined",
                    where())};
  }
}

// A file need not end with a line feed, unless it may still get one.
LineReader::Next LineReader::end_file() {
  if (files_->is_last() && waits_ && files_->now().regular) {
    left_over_ = carried_.size() + std::exchange(dropped_, 0);
    carried_.clear();
    too_long_ = false;
    return Next::kEnd;
  }
  if (in_line_ && (too_long_ || !carried_.empty())) {
    take_rest(0);
  }
  if (too_long_) {
    end_too_long();
  }
  if (!carried_.empty()) {
    carried_is_line_ = true;
    unended_ = true;
    take_line(carried_.data(), carried_.size(), 0);
    return Next::kLine;
  }
  if (stopped_ || files_->is_last()) {
    return Next::kEnd;
  }
  finished_bytes_ += bytes_read();
  files_->finish(number_);
  offset_ = 0;
  number_ = 0;
  in_line_ = false;
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
    check_utf8();
  }
}

void LineReader::check_utf8() const {
  if (const std::size_t valid = codec::valid_utf8(text()); valid != size_) {
    fail(valid, fmt::format("the byte 0x{:02x} begins no character of UTF-8; lines are expected to be UTF-8",
                            static_cast<unsigned char>(line_[valid])));
  }
}

std::string LineReader::where() const {
  const std::string& path = files_->now().path;
  if (!part_) {
    return fmt::format("{}:{}", path == "-" ? "standard input" : path, number_);
  }
  const std::optional<std::uint64_t> feeds = reader_->feeds_before(line_at_);
  return feeds ? fmt::format("{}:{}", path, *feeds + 1) : fmt::format("{}: the line at byte {}", path, line_at_);
}

void LineReader::fail(std::size_t at, const std::string& what) const {
  throw InputError{fmt::format("{}:{}: {}", where(), at + 1, what)};
}

void LineReader::fail_nested() const { io::fail_input_nested(where()); }

std::string LineReader::position() const { return files_->position(offset_, number_, in_line_ || unended_); }

std::uint64_t LineReader::bytes_read() const noexcept { return part_ ? part_->bytes_within(offset_) : offset_; }

std::optional<SourceProgress> LineReader::progress() const {
  if (!ends_) {
    return std::nullopt;
  }
  const std::uint64_t done = finished_bytes_ + bytes_read();
  return SourceProgress{.done = done, .total = std::max(done, total_bytes_), .unit = SourceProgress::Unit::kBytes};
}

std::string LineReader::left_over() const {
  const LineFile& file = files_->now();
  if (shortened_) {
    return fmt::format(
        "\"{}\" became shorter after {} bytes of it were read: the next run looks for the missing part "
        "in the copy that a log rotation made",
        file.path, offset_);
  }
  if (left_over_ == 0) {
    return {};
  }
  const std::uint64_t line = part_ ? reader_->feeds_before(offset_).value_or(0) + 1 : number_ + (in_line_ ? 0 : 1);
  return file.regular
             ? fmt::format(
                   "\"{}\" ends within line {}, which waits for its line feed, as the file may grow: its {} "
                   "bytes are not read in this run",
                   file.path, line, left_over_)
             : fmt::format(
                   "{} was stopped within line {}: its first {} bytes were read, and are lost, as the rest did "
                   "not come; a later run reads that rest as a line of its own",
                   file.path == "-" ? "standard input" : fmt::format("\"{}\"", file.path), line, left_over_);
}

bool LineReader::stop() {
  stopped_ = true;
  const bool asked = reader_->stop();
  return asked && !files_->now().regular;
}

}  // namespace weir::detail::text
