#include "connectors/committed_file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/durable_file.hpp"
#include "os/file.hpp"
#include "weir/errors.hpp"
#include "weir/key.hpp"

namespace weir::connectors {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

void check_regular(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw UsageError{fmt::format(
        "\"{}\" is no regular file, and a run with recovery takes back what it cannot keep; name a file, or run "
        "without recovery",
        path.string())};
  }
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw RecoveryError{RecoveryError::Kind::kRefused,
                      fmt::format("recovery: \"{}\" {}; put back the file that the last run left, or begin anew with "
                                  "another recovery directory",
                                  path.string(), what)};
}

std::uint64_t checksum_of(const os::File& file) {
  std::uint64_t checksum = 0;
  std::uint64_t at = 0;
  for (std::string bytes = file.read(0, kCopyBytes); !bytes.empty(); bytes = file.read(at, kCopyBytes)) {
    checksum = detail::hash_text(bytes, detail::mix_bits(checksum + bytes.size()));
    at += bytes.size();
  }
  return checksum;
}

}  // namespace

std::string FileSegment::token() const {
  return fmt::format("{} {} {} {} {:016x}", offset, length, execution, number, checksum);
}

FileSegment FileSegment::of(const std::string& token) {
  FileSegment segment;
  const char* at = token.data();
  const char* const end = at + token.size();
  for (std::uint64_t* const part : {&segment.offset, &segment.length, &segment.execution, &segment.number}) {
    const auto [behind, error] = std::from_chars(at, end, *part);
    if (error != std::errc{} || behind == end) {
      refuse(token, "is no token of a file");
    }
    at = behind + 1;
  }
  if (const auto [behind, error] = std::from_chars(at, end, segment.checksum, 16);
      error != std::errc{} || behind != end) {
    refuse(token, "is no token of a file");
  }
  return segment;
}

CommittedFile::CommittedFile(std::filesystem::path path, const SinkResume& resume, const OpenContext& context)
    : path_{std::move(path)}, execution_{resume.execution}, waker_{context.waker}, io_{&context.io} {
  check_regular(path_);
  const FileSegment last = resume.token ? FileSegment::of(*resume.token) : FileSegment{};
  const bool has_output = last.offset + last.length > 0;
  if (has_output && !std::filesystem::exists(path_)) {
    refuse(path_, fmt::format("is gone, and {} bytes of it were committed", last.offset + last.length));
  }
  try {
    file_ = std::make_unique<os::File>(path_, O_WRONLY | O_CREAT | (has_output ? 0 : O_TRUNC));
    if (has_output) {
      recover(last);
    }
    remove_pending_files();
    os::sync_directory(directory_of(path_));
  } catch (const std::system_error& error) {
    throw UsageError{fmt::format("{}; name a file in a directory that exists and is yours", error.what())};
  }
  open_segment_ = {.offset = last.offset + last.length, .length = 0, .execution = execution_, .number = 1};
}

CommittedFile::~CommittedFile() = default;

// The last epoch is decided, but may not be in the file yet, or not as a whole.
void CommittedFile::recover(const FileSegment& last) {
  const std::uint64_t found = file_->length();
  const std::uint64_t committed = last.offset + last.length;
  if (found > committed || found < last.offset) {
    refuse(path_, fmt::format("has {} bytes, and {} of it were committed: it is not as the last run left it", found,
                              committed));
  }
  const std::filesystem::path pending = pending_path(last.execution, last.number);
  if (!std::filesystem::exists(pending)) {
    if (found < committed) {
      refuse(path_, fmt::format("has {} bytes, {} of it were committed, and \"{}\", which has the rest, is gone", found,
                                committed, pending.string()));
    }
    return;
  }
  const os::File from{pending, O_RDONLY};
  if (from.length() != last.length || checksum_of(from) != last.checksum) {
    refuse(pending, "is damaged");
  }
  copy(last, from);
}

void CommittedFile::remove_pending_files() const {
  const std::string prefix = "." + path_.filename().string() + ".weir-";
  for (const auto& entry : std::filesystem::directory_iterator{directory_of(path_)}) {
    if (entry.path().filename().string().starts_with(prefix)) {
      ::unlink(entry.path().c_str());
    }
  }
}

std::filesystem::path CommittedFile::pending_path(std::uint64_t execution, std::uint64_t number) const {
  return directory_of(path_) / fmt::format(".{}.weir-{}-{}", path_.filename().string(), execution, number);
}

void CommittedFile::append(std::string block) {
  waiting_bytes_.fetch_add(block.size(), std::memory_order_relaxed);
  submit([this, block = std::move(block)] { append_now(block); });
}

void CommittedFile::prepare() {
  submit([this] { prepare_now(); });
}

void CommittedFile::commit() {
  ++decided_;
  submit([this] { commit_now(); });
}

// Nothing is done behind a failure: after a sync that failed nobody knows what the disk holds.
void CommittedFile::submit(std::function<void()> job) {
  // The partition and its jobs share the file: a job may still run when a run was cut and its partitions are gone.
  io_->submit([self = shared_from_this(), job = std::move(job)] {
    if (self->failed_.load(std::memory_order_relaxed)) {
      return;
    }
    try {
      job();
    } catch (...) {
      self->failure_ = std::current_exception();
      self->failed_.store(true, std::memory_order_release);
    }
    self->waker_.wake();
  });
}

void CommittedFile::append_now(const std::string& block) {
  if (open_ == nullptr) {
    open_ = std::make_unique<os::File>(pending_path(execution_, open_segment_.number), O_RDWR | O_CREAT | O_TRUNC);
  }
  open_->write(block, open_segment_.length);
  open_segment_.length += block.size();
  waiting_bytes_.fetch_sub(block.size(), std::memory_order_release);
}

void CommittedFile::prepare_now() {
  const std::uint64_t number = open_segment_.number;
  if (open_ != nullptr) {
    open_segment_.checksum = checksum_of(*open_);
    open_->sync();
    os::sync_directory(directory_of(path_));
  }
  const std::scoped_lock lock{mutex_};
  tokens_.push_back(open_segment_.token());
  const std::uint64_t end = open_segment_.offset + open_segment_.length;
  prepared_.push_back({open_segment_, std::move(open_)});
  open_segment_ = {.offset = end, .length = 0, .execution = execution_, .number = number + 1};
}

void CommittedFile::commit_now() {
  const Prepared prepared = std::move(prepared_.front());
  prepared_.pop_front();
  if (prepared.file != nullptr) {
    copy(prepared.segment, *prepared.file);
    ::unlink(prepared.file->path().c_str());
  }
  committed_.fetch_add(1, std::memory_order_release);
}

void CommittedFile::copy(const FileSegment& segment, const os::File& from) const {
  for (std::uint64_t at = 0; at < segment.length; at += kCopyBytes) {
    file_->write(from.read(at, kCopyBytes), segment.offset + at);
  }
  file_->sync();
}

void CommittedFile::rethrow_failure() {
  if (failed_.load(std::memory_order_acquire)) {  // pairs with the store in submit
    std::rethrow_exception(failure_);
  }
}

std::uint64_t CommittedFile::waiting_bytes() {
  rethrow_failure();
  return waiting_bytes_.load(std::memory_order_acquire);  // pairs with the fetch_sub in append_now
}

std::optional<std::string> CommittedFile::take_token() {
  rethrow_failure();
  const std::scoped_lock lock{mutex_};
  if (tokens_.empty()) {
    return std::nullopt;
  }
  std::string token = std::move(tokens_.front());
  tokens_.pop_front();
  return token;
}

bool CommittedFile::committed() {
  rethrow_failure();
  return committed_.load(std::memory_order_acquire) == decided_;  // pairs with the fetch_add in commit_now
}

}  // namespace weir::connectors
