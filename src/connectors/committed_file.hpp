#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "os/file.hpp"
#include "weir/io.hpp"
#include "weir/sink.hpp"

namespace weir::connectors {

/// What of a file one epoch made: where it begins, how long it is, and in which file it waits until it is decided.
struct FileSegment {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t execution = 0;
  std::uint64_t number = 0;  ///< in the execution
  std::uint64_t checksum = 0;

  [[nodiscard]] std::string token() const;
  /// @throws RecoveryError
  static FileSegment of(const std::string& token);
};

/// A file that holds what decided epochs made and nothing else.
///
/// What an epoch makes waits in a file of its own beside it, `.NAME.weir-EXECUTION-NUMBER`, until the epoch is decided;
/// then it is appended. A crash in the middle of that does no harm: the same bytes are written to the same place again,
/// so that readers never see a line that is not decided, nor one twice.
class CommittedFile : public std::enable_shared_from_this<CommittedFile> {
 public:
  /// Opens the file as the token's epoch left it, and removes what was not decided. On the thread that starts the run.
  /// @throws UsageError     if it cannot be written
  /// @throws RecoveryError  if it is not as the token's epoch left it
  CommittedFile(std::filesystem::path path, const SinkResume& resume, const OpenContext& context);
  CommittedFile(const CommittedFile&) = delete;
  CommittedFile& operator=(const CommittedFile&) = delete;
  ~CommittedFile();

  // From the worker; each is done on the I/O thread, in the order of the calls.
  void append(std::string block);
  void prepare();
  void commit();

  // What has been done; these throw what went wrong.
  [[nodiscard]] std::uint64_t waiting_bytes();
  [[nodiscard]] std::optional<std::string> take_token();
  [[nodiscard]] bool committed();

 private:
  void recover(const FileSegment& last);
  void remove_pending_files() const;
  [[nodiscard]] std::filesystem::path pending_path(std::uint64_t execution, std::uint64_t number) const;
  void submit(std::function<void()> job);
  void rethrow_failure();

  // On the I/O thread.
  void append_now(const std::string& block);
  void prepare_now();
  void commit_now();
  void copy(const FileSegment& segment, const os::File& from) const;

  std::filesystem::path path_;
  std::uint64_t execution_;
  Waker waker_;
  IoThread* io_;
  std::unique_ptr<os::File> file_;

  // Of the I/O thread.
  std::unique_ptr<os::File> open_;  // what the open epoch made; null: nothing
  FileSegment open_segment_;
  struct Prepared {
    FileSegment segment;
    std::unique_ptr<os::File> file;
  };
  std::deque<Prepared> prepared_;

  // Of both threads.
  std::atomic<std::uint64_t> waiting_bytes_{0};
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::deque<std::string> tokens_;
  std::exception_ptr failure_;

  // Of the worker.
  std::uint64_t decided_ = 0;
};

}  // namespace weir::connectors
