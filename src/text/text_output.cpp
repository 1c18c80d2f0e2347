#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/torn_lines.hpp"
#include "os/file.hpp"
#include "os/file_lock.hpp"
#include "os/place.hpp"
#include "output/blocks.hpp"
#include "output/segment_partition.hpp"
#include "output/segment_writer.hpp"
#include "text/file_target.hpp"
#include "weir/errors.hpp"
#include "weir/text_output.hpp"

namespace weir::detail::text {
namespace {

// A descriptor that was closed as the run began is there in name only.
void check_writable(int descriptor, const std::string& path) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_RDONLY) {
    throw UsageError{fmt::format("{} is closed; open it, or name a file", path)};
  }
}

bool is_regular(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

// No mistake of the command line: there may be room later.
bool is_full(int error) { return error == ENOSPC || error == EDQUOT; }

class BlockWriter;

/// Which writer writes into a pipe or terminal now: a block that is written in parts must not have another's lines in
/// between. Shared by the writers of one run that write there, on its I/O thread; the last of them drops it.
struct PipeTurn {
  BlockWriter* holder = nullptr;
  std::deque<std::weak_ptr<BlockWriter>> waiting;  // of a run that was cut some may be gone

  /// The turn of the pipe or terminal that the descriptor leads to.
  static std::shared_ptr<PipeTurn> of(int descriptor, const IoThread& io);
};

std::shared_ptr<PipeTurn> PipeTurn::of(int descriptor, const IoThread& io) {
  using Pipe = std::tuple<const IoThread*, std::uint64_t, std::uint64_t>;
  static std::mutex mutex;
  static std::map<Pipe, std::weak_ptr<PipeTurn>> turns;
  const os::Place place = os::place_of(descriptor);
  const std::scoped_lock lock{mutex};
  std::erase_if(turns, [](const auto& each) { return each.second.expired(); });
  std::weak_ptr<PipeTurn>& known = turns[{&io, place.device, place.inode}];
  std::shared_ptr<PipeTurn> turn = known.lock();
  if (turn == nullptr) {
    turn = std::make_shared<PipeTurn>();
    known = turn;
  }
  return turn;
}

/// The half of a line writer that lives on the I/O thread: writes blocks in order, a page at a time where
/// the descriptor could block.
class BlockWriter : public std::enable_shared_from_this<BlockWriter> {
 public:
  BlockWriter(int descriptor, bool owned, std::string path, Waker waker, IoThread& io)
      : descriptor_{descriptor},
        owned_{owned},
        regular_{is_regular(descriptor)},
        had_name_{regular_ && owned && os::has_name(descriptor)},
        turn_{regular_ ? nullptr : PipeTurn::of(descriptor, io)},
        path_{std::move(path)},
        waker_{waker},
        io_{&io},
        torn_{io::torn_pipes_of(io)} {}
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  ~BlockWriter() {
    if (turn_ != nullptr && turn_->holder == this) {
      turn_->holder = nullptr;
    }
    keep_torn_line();
    if (owned_) {
      ::close(descriptor_);
    }
  }

  // Where the sink is opened.
  void finish_torn_line() {
    if (std::optional<std::string> rest = torn_ != nullptr ? torn_->outputs.take(descriptor_) : std::nullopt) {
      finishes_line_ = true;
      hand_over(*std::move(rest));
    }
  }

  // From the worker.
  void hand_over(std::string block) {
    waiting_bytes_.fetch_add(block.size(), std::memory_order_relaxed);
    // The partition and the job share the writer: a job may still run when a run was cut and its partitions are gone.
    io_->submit([self = shared_from_this(), block = std::move(block)]() mutable {
      if (self->failed_.load(std::memory_order_relaxed)) {
        return;  // nothing is written after a gap, and the worker may be reading the first failure
      }
      self->blocks_.push_back(std::move(block));
      if (self->blocks_.size() == 1) {
        self->go_on();
      }
    });
  }

  [[nodiscard]] std::size_t waiting_bytes() const noexcept {
    return waiting_bytes_.load(std::memory_order_acquire);  // pairs with the fetch_sub in write_some
  }

  void rethrow_failure() const {
    if (failed_.load(std::memory_order_acquire)) {  // pairs with the store in fail
      std::rethrow_exception(failure_);
    }
  }

 private:
  void keep_torn_line() const {
    if (regular_ || blocks_.empty() || torn_ == nullptr) {
      return;
    }
    const std::string_view block{blocks_.front()};
    if (finishes_line_ || (at_ != 0 && block[at_ - 1] != '\n')) {
      torn_->outputs.keep(descriptor_, block.substr(at_, block.find('\n', at_) - at_ + 1));
    }
  }

  // On the I/O thread from here.
  void go_on() {
    while (regular_ && !blocks_.empty()) {
      write_some(blocks_.front().size());
    }
    if (!blocks_.empty() && take_turn()) {
      go_on_when_writable();
    }
  }

  void go_on_when_writable() {
    try {
      io_->when_writable(descriptor_, [self = shared_from_this()] {
        self->write_some(PIPE_BUF);
        self->go_on();
      });
    } catch (const std::system_error&) {
      failure_ = std::current_exception();
      stop_writing();
    }
  }

  // False: it is called when its turn comes.
  bool take_turn() {
    if (turn_->holder == nullptr) {
      turn_->holder = this;
    } else if (turn_->holder != this) {
      turn_->waiting.push_back(weak_from_this());
    }
    return turn_->holder == this;
  }

  void pass_turn() {
    if (turn_ == nullptr || turn_->holder != this) {
      return;
    }
    turn_->holder = nullptr;
    while (turn_->holder == nullptr && !turn_->waiting.empty()) {
      const std::shared_ptr<BlockWriter> next = turn_->waiting.front().lock();
      turn_->waiting.pop_front();
      if (next != nullptr) {
        next->go_on();
      }
    }
  }

  void write_some(std::size_t most) {
    if (had_name_ && !os::has_name(descriptor_)) {
      failure_ =
          std::make_exception_ptr(std::runtime_error{fmt::format("{}: was removed while it was written", path_)});
      stop_writing();
      return;
    }
    std::string& block = blocks_.front();
    const ssize_t written = ::write(descriptor_, block.data() + at_, std::min(most, block.size() - at_));
    if (written < 0) {
      if (errno != EINTR && errno != EAGAIN) {
        fail(errno);
      }
      return;
    }
    at_ += static_cast<std::size_t>(written);
    if (at_ == block.size()) {
      const std::size_t done = std::exchange(at_, 0);
      finishes_line_ = false;
      blocks_.pop_front();
      waiting_bytes_.fetch_sub(done, std::memory_order_release);
      waker_.wake();
      pass_turn();
    }
  }

  void fail(int error) {
    if (error == EPIPE) {
      failure_ = std::make_exception_ptr(OutputClosed{fmt::format("{}: its reader has closed it", path_)});
    } else {
      failure_ = std::make_exception_ptr(
          std::system_error{error, std::generic_category(), fmt::format("{}: cannot be written", path_)});
    }
    stop_writing();
  }

  void stop_writing() {
    blocks_.clear();
    failed_.store(true, std::memory_order_release);
    waker_.wake();
    pass_turn();
  }

  int descriptor_;
  bool owned_;
  bool regular_;
  bool had_name_;                   // the file was made or opened by its name
  std::shared_ptr<PipeTurn> turn_;  // null: a regular file takes a block as a whole
  std::string path_;
  Waker waker_;
  IoThread* io_;
  io::TornPipes* torn_;  // which outlives the run; null: none are kept
  std::deque<std::string> blocks_;
  std::size_t at_ = 0;
  bool finishes_line_ = false;  // the first block is the rest of a line
  std::exception_ptr failure_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<bool> failed_{false};
};

// The path of a file's pending segments, without `-EXECUTION-NUMBER`.
std::filesystem::path pending_path_of(const std::filesystem::path& file) {
  return os::directory_of(file) / fmt::format(".{}.weir", file.filename().string());
}

/// Collects lines into blocks for the I/O thread to write.
class LineWriter final : public SinkPartition<std::string> {
 public:
  explicit LineWriter(std::shared_ptr<BlockWriter> writer) : writer_{std::move(writer)} {}

  void write(std::string&& line) override {
    blocks_.add(line);
    if (blocks_.full()) {
      flush();
    }
  }

  [[nodiscard]] bool ready() override {
    writer_->rethrow_failure();
    return writer_->waiting_bytes() < output::kMaxWaitingBytes;
  }

  void flush() override {
    writer_->rethrow_failure();
    if (!blocks_.empty()) {
      writer_->hand_over(blocks_.take());
    }
  }

  [[nodiscard]] bool drained() override {
    writer_->rethrow_failure();
    return writer_->waiting_bytes() == 0;
  }

 private:
  std::shared_ptr<BlockWriter> writer_;
  output::Blocks blocks_{"\n"};
};

}  // namespace
}  // namespace weir::detail::text

namespace weir::detail {

void append_window(std::string& line, const Window& window) {
  if (window.start == Time::min()) {  // its bounds say nothing
    line += std::to_string(window.id);
    return;
  }
  append_text(line, window.start);
  line += '/';
  append_text(line, window.end);
}

std::unique_ptr<SinkPartition<std::string>> open_line_writer(int descriptor, bool owned, std::string path,
                                                             const OpenContext& context) {
  text::check_writable(descriptor, path);
  auto writer = std::make_shared<text::BlockWriter>(descriptor, owned, std::move(path), context.waker, context.io);
  writer->finish_torn_line();
  return std::make_unique<text::LineWriter>(std::move(writer));
}

std::unique_ptr<TransactionalPartition<std::string>> open_committed_lines(const std::string& path,
                                                                          const OpenContext& context,
                                                                          const SinkResume& resume) {
  const std::filesystem::path file{path};
  try {
    auto target = std::make_unique<text::FileTarget>(file, output::committed_bytes(resume));
    return std::make_unique<output::SegmentPartition>(
        std::make_shared<output::SegmentWriter>(std::move(target), path, text::pending_path_of(file), resume, context),
        "\n");
  } catch (const std::system_error& error) {
    if (text::is_full(error.code().value())) {
      throw;
    }
    throw UsageError{fmt::format("{}; name a file in a directory that exists and is yours", error.what())};
  }
}

int create_file(const std::string& path) {
  // O_APPEND: if a log rotation copies the file and empties it, the next line goes to its beginning.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const auto fail = [&path] {
    if (text::is_full(errno)) {
      throw std::system_error{errno, std::generic_category(), fmt::format("\"{}\" cannot be written", path)};
    }
    throw UsageError{fmt::format("\"{}\" cannot be written: {}; name a file in a directory that exists and is yours",
                                 path, std::generic_category().message(errno))};
  };
  if (descriptor < 0) {
    fail();
  }
  if (text::is_regular(descriptor)) {  // what another run writes must not be emptied
    try {
      os::lock_output(descriptor, fmt::format("\"{}\"", path));
      if (::ftruncate(descriptor, 0) != 0) {
        fail();
      }
    } catch (...) {
      ::close(descriptor);
      throw;
    }
  }
  return descriptor;
}

std::vector<Resource> output_resources(const std::string& path) {
  std::vector<Resource> resources{Resource::file(path)};
  const os::Place::Type type = os::place_of(std::filesystem::path{path}).type;
  if (type == os::Place::Type::kRegular || type == os::Place::Type::kMissing) {
    resources.push_back(Resource::file(text::pending_path_of(path).string()));
  }
  return resources;
}

}  // namespace weir::detail
