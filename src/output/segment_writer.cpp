#include "output/segment_writer.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "os/durable_file.hpp"
#include "output/blocks.hpp"
#include "weir/key.hpp"

namespace weir::detail::output {
namespace {

std::uint64_t checksum_of(const os::File& file) {
  std::uint64_t checksum = 0;
  std::uint64_t at = 0;
  for (std::string bytes = file.read(0, kSegmentReadBytes); !bytes.empty(); bytes = file.read(at, kSegmentReadBytes)) {
    checksum = hash_text(bytes, mix_bits(checksum + bytes.size()));
    at += bytes.size();
  }
  return checksum;
}

bool is_execution_and_number(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t dash = text.find_first_not_of(kDigits);
  return dash != 0 && dash != std::string_view::npos && text[dash] == '-' && dash + 1 < text.size() &&
         text.find_first_not_of(kDigits, dash + 1) == std::string_view::npos;
}

}  // namespace

SegmentWriter::SegmentWriter(std::unique_ptr<SegmentTarget> target, std::string output, std::filesystem::path pending,
                             const SinkResume& resume, const OpenContext& context)
    : io::IoJobs{context.waker, context.io},
      target_{std::move(target)},
      output_{std::move(output)},
      pending_{std::move(pending)},
      execution_{resume.execution} {
  const Segment last = resume.token ? Segment::of(*resume.token) : Segment{};
  recover(last);
  remove_pending_files();
  os::sync_directory(os::directory_of(pending_));
  open_segment_ = {.offset = last.end(), .length = 0, .execution = execution_, .number = 1};
  if (target_->waits()) {
    commits_ = std::make_unique<io::AsioIoThread>();
  }
}

SegmentWriter::~SegmentWriter() { give_up(); }

void SegmentWriter::give_up() noexcept {
  if (commits_ != nullptr) {
    io::IoJobs::give_up();
    target_->give_up();
    commits_->finish();
  }
}

// The last epoch is decided, but may not be in the target yet, or not as a whole.
void SegmentWriter::recover(const Segment& last) {
  const std::uint64_t found = target_->length();
  if (found > last.end() || found < last.offset) {
    refuse_output(output_, fmt::format("has {} bytes, and {} of it were committed: it is not as the last run left it",
                                       found, last.end()));
  }
  const std::filesystem::path pending = pending_path(last.execution, last.number);
  if (!std::filesystem::exists(pending)) {
    if (found < last.end()) {
      refuse_output(output_,
                    fmt::format("has {} bytes, {} of it were committed, and \"{}\", which has the rest, is gone", found,
                                last.end(), pending.string()));
    }
    return;
  }
  const os::File from{pending, O_RDONLY};
  if (from.length() != last.length || checksum_of(from) != last.checksum) {
    refuse_output(pending.string(), "is damaged");
  }
  target_->add(last, from);
}

// Other outputs may have names that begin alike.
void SegmentWriter::remove_pending_files() const {
  const std::string prefix = pending_.filename().string() + "-";
  for (const auto& entry : std::filesystem::directory_iterator{os::directory_of(pending_)}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && is_execution_and_number(std::string_view{name}.substr(prefix.size()))) {
      ::unlink(entry.path().c_str());
    }
  }
}

std::filesystem::path SegmentWriter::pending_path(std::uint64_t execution, std::uint64_t number) const {
  return fmt::format("{}-{}-{}", pending_.string(), execution, number);
}

void SegmentWriter::append(std::string block) {
  const std::uint64_t bytes = block.size();
  appended_bytes_ += bytes;
  submit(bytes, [this, block = std::move(block)] { append_now(block); });
}

void SegmentWriter::prepare() {
  closed_ends_.push_back(appended_bytes_);
  submit(0, [this] { prepare_now(); });
}

void SegmentWriter::commit() {
  ++decided_;
  if (commits_ == nullptr) {
    submit(0, [this] { commit_now(); });
  } else {
    // The job does not share the writer, which ends this thread first: the thread must not end itself.
    commits_->submit([this] { run([this] { commit_now(); }); });
  }
}

void SegmentWriter::append_now(const std::string& block) {
  if (open_ == nullptr) {
    open_ = std::make_unique<os::File>(pending_path(execution_, open_segment_.number), O_RDWR | O_CREAT | O_TRUNC);
  }
  open_->write(block, open_segment_.length);
  open_segment_.length += block.size();
}

void SegmentWriter::prepare_now() {
  const std::uint64_t number = open_segment_.number;
  if (open_ != nullptr) {
    open_segment_.checksum = checksum_of(*open_);
    open_->sync();
    os::sync_directory(os::directory_of(pending_));
    check_waiting();
  }
  const std::scoped_lock lock{mutex_};
  tokens_.push_back(open_segment_.token());
  prepared_.push_back({open_segment_, std::move(open_)});
  open_segment_ = {.offset = open_segment_.end(), .length = 0, .execution = execution_, .number = number + 1};
}

// Checks the segments of decided epochs that are not in the target yet, and the open one. Where segments go to the
// target at the same time, the open one alone: the others may be in the target by now.
void SegmentWriter::check_waiting() {
  std::vector<const os::File*> waiting;
  if (commits_ != nullptr) {
    waiting.push_back(open_.get());
    target_->check(waiting);
    return;
  }
  for (const Prepared& prepared : prepared_) {
    if (prepared.file != nullptr) {
      waiting.push_back(prepared.file.get());
    }
  }
  waiting.push_back(open_.get());
  target_->check(waiting);
}

void SegmentWriter::commit_now() {
  Prepared prepared;
  {
    const std::scoped_lock lock{mutex_};
    prepared = std::move(prepared_.front());
    prepared_.pop_front();
  }
  if (prepared.file != nullptr) {
    target_->add(prepared.segment, *prepared.file);
    ::unlink(prepared.file->path().c_str());
  } else {
    target_->keep();
  }
  committed_.fetch_add(1, std::memory_order_release);
}

std::optional<std::string> SegmentWriter::take_token() {
  rethrow_failure();
  const std::scoped_lock lock{mutex_};
  if (tokens_.empty()) {
    return std::nullopt;
  }
  std::string token = std::move(tokens_.front());
  tokens_.pop_front();
  return token;
}

bool SegmentWriter::committed() {
  rethrow_failure();
  return committed_.load(std::memory_order_acquire) == decided_;  // pairs with the fetch_add in commit_now
}

bool SegmentWriter::ready() {
  if (waiting_bytes() >= kMaxWaitingBytes) {
    return false;
  }
  for (const std::uint64_t done = committed_.load(std::memory_order_acquire); done_ < done; ++done_) {
    done_bytes_ = closed_ends_.front();
    closed_ends_.pop_front();
  }
  return closed_ends_.empty() || appended_bytes_ - done_bytes_ <= kMaxUndoneBytes;
}

}  // namespace weir::detail::output
