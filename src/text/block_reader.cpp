#include "text/block_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/torn_lines.hpp"

namespace weir::detail::text {
namespace {

constexpr std::size_t kBytesBefore = 256;

}  // namespace

BlockReader::BlockReader(std::string path, bool regular, std::uint64_t offset, std::optional<KnownFile> known,
                         std::optional<Stripes> stripes, Waker waker, IoThread& io)
    : path_{std::move(path)},
      regular_{regular},
      offset_{offset},
      stripes_{stripes},
      known_{known},
      waker_{waker},
      io_{&io},
      torn_{io::torn_pipes_of(io)} {}

BlockReader::~BlockReader() {
  const bool may_be_read_on = !regular_ && !stopping_ && torn_ != nullptr;  // by the run that is restarted
  if (may_be_read_on && in_line_) {
    torn_->inputs.keep(descriptor_, {});
  }
  if (descriptor_ <= STDIN_FILENO) {
    return;
  }
  if (may_be_read_on) {
    torn_->open.keep(path_, descriptor_);
  } else {
    ::close(descriptor_);
  }
}

BlockReader::Taken BlockReader::take(Block& block) {
  switch (state_.load(std::memory_order_acquire)) {  // pairs with the store in finish
    case State::kNothingAsked:
      request(std::exchange(block.bytes, nullptr));
      return Taken::kNothing;
    case State::kAsked:
    case State::kReading:
    case State::kAskedForRest:
      return Taken::kNothing;
    case State::kRead:
      if (next_.size == 0) {
        return Taken::kEnd;
      }
      std::swap(block, next_);
      if (stopping_) {
        state_.store(State::kStopped, std::memory_order_relaxed);
      } else {
        request(std::move(next_.bytes));
      }
      return Taken::kBlock;
    case State::kFailed:
      std::rethrow_exception(failure_);
    case State::kStopped:
      return Taken::kStopped;
  }
  return Taken::kStopped;
}

bool BlockReader::stop() {
  stopping_ = true;
  const bool asked = state_.load(std::memory_order_relaxed) != State::kNothingAsked;
  for (State idle : {State::kNothingAsked, State::kAsked}) {
    state_.compare_exchange_strong(idle, State::kStopped);
  }
  return asked;
}

void BlockReader::read_rest_of_line() {
  next_.bytes =
      next_.bytes != nullptr ? std::move(next_.bytes) : std::make_unique_for_overwrite<char[]>(kBlockBytes + 1);
  state_.store(State::kAskedForRest, std::memory_order_release);  // pairs with the store in finish, on the other thread
  io_->submit([self = shared_from_this()] { self->read_rest(); });
}

void BlockReader::request(std::unique_ptr<char[]> bytes) {
  next_.bytes = bytes != nullptr ? std::move(bytes) : std::make_unique_for_overwrite<char[]>(kBlockBytes + 1);
  state_.store(State::kAsked, std::memory_order_release);  // pairs with the exchange in read
  // The partition and the job share the reader: the job may still run when the partition is gone.
  io_->submit([self = shared_from_this()] { self->read_when_ready(); });
}

// Lines are read by parts that do not know each other's, and only errors name them.
std::optional<std::uint64_t> BlockReader::feeds_before(std::uint64_t offset) {
  if (offset < counted_) {
    counted_ = 0;
    feeds_ = 0;
  }
  std::string bytes(kBlockBytes, '\0');
  while (descriptor_ >= 0 && counted_ < offset) {
    const std::size_t most = std::min<std::uint64_t>(offset - counted_, bytes.size());
    const ssize_t got = ::pread(descriptor_, bytes.data(), most, static_cast<off_t>(counted_));
    if (got == 0 || (got < 0 && errno != EINTR)) {
      return std::nullopt;
    }
    const std::string_view read =
        std::string_view{bytes}.substr(0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    feeds_ += static_cast<std::uint64_t>(std::ranges::count(read, '\n'));
    counted_ += read.size();
  }
  return descriptor_ >= 0 ? std::optional{feeds_} : std::nullopt;
}

// On the I/O thread from here.
void BlockReader::open() {
  if (path_ == "-") {
    descriptor_ = STDIN_FILENO;
  } else if (const auto kept = regular_ || torn_ == nullptr ? std::nullopt : torn_->open.take(path_)) {
    descriptor_ = *kept;
  } else {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  }
  if (descriptor_ < 0) {
    throw std::system_error{errno, std::generic_category(), fmt::format("\"{}\" cannot be opened", path_)};
  }
  if (!regular_) {
    drops_rest_ = torn_ != nullptr && torn_->inputs.take(descriptor_);
    in_line_ = drops_rest_;
    return;
  }
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) {
    return;
  }
  if (static_cast<std::uint64_t>(status.st_size) < offset_) {
    throw std::runtime_error{
        fmt::format("\"{}\" has {} bytes, but {} were read of it before: it was shortened or replaced", path_,
                    status.st_size, offset_)};
  }
  const bool same = !known_ || known_->identity.is(os::FileIdentity::of(descriptor_));
  if (!same && !(known_->size > 0 && known_->begins(path_))) {  // some file systems make inodes up as they go
    throw std::runtime_error{
        fmt::format("\"{}\" was replaced by another file after the run had looked at it; start the run again", path_)};
  }
  before_ = last_bytes();
}

void BlockReader::read_when_ready() {
  try {
    if (descriptor_ < 0) {
      open();
    }
  } catch (...) {
    failure_ = std::current_exception();
    finish(State::kFailed);
    return;
  }
  if (regular_) {
    read();
  } else {
    wait_and_read();
  }
}

void BlockReader::wait_and_read() {
  try {
    io_->when_readable(descriptor_, [self = shared_from_this()] { self->read(); });
  } catch (...) {
    failure_ = std::current_exception();
    finish(State::kFailed);
  }
}

ssize_t BlockReader::read_some() {
  if (!regular_) {
    return ::read(descriptor_, next_.bytes.get(), kBlockBytes);
  }
  if (!stripes_) {
    return ::pread(descriptor_, next_.bytes.get(), kBlockBytes, static_cast<off_t>(offset_));
  }
  struct stat status{};
  size_ = ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  return ::pread(descriptor_, next_.bytes.get(), stripes_->enough(kBlockBytes), static_cast<off_t>(stripes_->at()));
}

void BlockReader::read() {
  State asked = State::kAsked;
  // Pairs with the store in request.
  if (!state_.compare_exchange_strong(asked, State::kReading, std::memory_order_acquire, std::memory_order_relaxed)) {
    return;  // stopped in the meantime
  }
  try {
    while (true) {
      const ssize_t got = read_some();
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        ask_again();
        return;
      }
      if (got < 0) {
        fail_to_read();
        return;
      }
      if (!regular_) {
        take_from_pipe(static_cast<std::size_t>(got));
        return;
      }
      if (take_from_file(static_cast<std::size_t>(got))) {
        finish(State::kRead);
        return;
      }
    }
  } catch (...) {
    failure_ = std::current_exception();
    finish(State::kFailed);
  }
}

// Whether there is a block, or the end; other stripes may lie where no line begins.
bool BlockReader::take_from_file(std::size_t got) {
  const bool same = is_as_it_was();
  next_.size = 0;
  if (got == 0 || !same) {
    check_end(same);
    return true;
  }
  const std::string_view read{next_.bytes.get(), got};
  before_ = read.substr(got - std::min(got, kBytesBefore));
  if (!stripes_) {
    next_.size = got;
    offset_ += got;
    return true;
  }
  offset_ = stripes_->at() + got;
  const Stripes::Found found = stripes_->take(read);
  next_.begin = found.begin;
  next_.size = found.size;
  next_.offset = found.offset;
  return found.size != 0;
}

void BlockReader::ask_again() {
  state_.store(State::kAsked);  // the block is as it was
  // A stop that came before saw that something was being read. Both orders are total, so that one of them sees the
  // other.
  if (State asked = State::kAsked; stopping_ && state_.compare_exchange_strong(asked, State::kStopped)) {
    waker_.wake();
    return;
  }
  wait_and_read();
}

void BlockReader::take_from_pipe(std::size_t got) {
  next_.size = drops_rest_ ? drop_rest(got) : got;
  in_line_ = got != 0 && next_.bytes[got - 1] != '\n';
  if (got != 0 && next_.size == 0) {
    ask_again();
  } else {
    finish(State::kRead);
  }
}

// Moves what follows the line to the front, and says how much that is.
std::size_t BlockReader::drop_rest(std::size_t size) {
  char* const begin = next_.bytes.get();
  char* const feed = std::find(begin, begin + size, '\n');
  if (feed == begin + size) {
    return 0;
  }
  drops_rest_ = false;
  return static_cast<std::size_t>(std::copy(feed + 1, begin + size, begin) - begin);
}

// Those before the offset, as they are now.
std::string BlockReader::last_bytes() const {
  std::string bytes(std::min<std::uint64_t>(before_.empty() ? kBytesBefore : before_.size(), offset_), '\0');
  const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset_ - bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

// Looked at after each block is read, so that nothing of a new content is taken for the rest of the old one.
bool BlockReader::is_as_it_was() const { return offset_ == 0 || last_bytes() == before_; }

// A file that became shorter is at its end; a run with recovery leaves what is missing to the next one, which finds it
// in the copy of a log rotation.
void BlockReader::check_end(bool same) {
  if (same) {
    if (known_) {
      look_at_end();
    }
    return;
  }
  struct stat status{};
  const bool shorter = ::fstat(descriptor_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < offset_;
  if (shorter && known_) {
    shortened_ = true;
    return;
  }
  throw std::runtime_error{fmt::format(
      "\"{}\" was {} while it was read, after {} bytes; if a log rotation copied it, start the run again with the same "
      "recovery directory: it resumes in the copy, if a snapshot knows the file",
      path_, shorter ? "shortened" : "overwritten", offset_)};
}

// Reads a byte at a time, since what follows the line belongs to a later run.
void BlockReader::read_rest() {
  constexpr std::chrono::seconds kLongest{1};
  rest_until_ = rest_until_ ? rest_until_ : std::chrono::steady_clock::now() + kLongest;
  next_.size = 0;
  while (next_.size < kBlockBytes && has_more()) {
    char& byte = next_.bytes[next_.size];
    const ssize_t got = ::read(descriptor_, &byte, 1);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (got < 0) {
      fail_to_read();
      return;
    }
    if (got == 0 && next_.size == 0) {
      finish(State::kRead);  // the end
      return;
    }
    if (got == 0) {
      break;
    }
    ++next_.size;
    if (byte == '\n') {
      break;
    }
  }
  finish(next_.size > 0 ? State::kRead : State::kStopped);
}

// A writer who has begun a line finishes it soon. All jobs of the I/O thread wait meanwhile.
bool BlockReader::has_more() const {
  pollfd pipe{descriptor_, POLLIN, 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*rest_until_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return false;  // a line may be without end
    }
    const int ready = ::poll(&pipe, 1, static_cast<int>(left.count()));
    if (ready >= 0 || errno != EINTR) {
      return ready != 0;
    }
  }
}

void BlockReader::fail_to_read() {
  failure_ = std::make_exception_ptr(
      std::system_error{errno, std::generic_category(), fmt::format("\"{}\" cannot be read", path_)});
  finish(State::kFailed);
}

// A file that was emptied while it was read stays known as it was.
void BlockReader::look_at_end() {
  struct stat status{};
  if (::fstat(descriptor_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) >= offset_) {
    known_ = KnownFile::of(descriptor_, stripes_ ? size_ : offset_);
  }
}

void BlockReader::finish(State state) {
  state_.store(state, std::memory_order_release);
  waker_.wake();
}

}  // namespace weir::detail::text
