#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "io/io_jobs.hpp"
#include "os/file.hpp"
#include "output/segment.hpp"
#include "weir/sink.hpp"

namespace weir::detail::output {

/// Writes an output that holds what decided epochs made and nothing else.
///
/// The output of an epoch waits in a file of its own until the epoch is decided; then it goes to the target. A crash in
/// between does no harm: the same bytes go to the same place again. Readers never see undecided output, nor any output
/// twice.
class SegmentWriter final : public io::IoJobs {
 public:
  /// Brings the target to where the token's epoch left it, and removes what was not decided. On the thread that starts
  /// the run.
  /// @param pending  the path of the files that wait, without `-EXECUTION-NUMBER`
  /// @throws RecoveryError  if the target is not as the token's epoch left it
  /// @throws std::system_error  if files cannot be read or written
  SegmentWriter(std::unique_ptr<SegmentTarget> target, std::string output, std::filesystem::path pending,
                const SinkResume& resume, const OpenContext& context);
  ~SegmentWriter() override;

  // From the worker; each is done on the I/O thread, in the order of the calls.
  void append(std::string block);
  void prepare();
  void commit();

  // What has been done; these throw what went wrong.
  [[nodiscard]] std::optional<std::string> take_token();
  [[nodiscard]] bool committed();

 private:
  void recover(const Segment& last);
  void remove_pending_files() const;
  [[nodiscard]] std::filesystem::path pending_path(std::uint64_t execution, std::uint64_t number) const;

  // On the I/O thread.
  void append_now(const std::string& block);
  void prepare_now();
  void check_waiting();
  void commit_now();

  std::unique_ptr<SegmentTarget> target_;
  std::string output_;
  std::filesystem::path pending_;
  std::uint64_t execution_;

  // Of the I/O thread.
  std::unique_ptr<os::File> open_;  // what the open epoch made; null: nothing
  Segment open_segment_;
  struct Prepared {
    Segment segment;
    std::unique_ptr<os::File> file;
  };
  std::deque<Prepared> prepared_;

  // Of both threads.
  std::atomic<std::uint64_t> committed_{0};
  std::mutex mutex_;
  std::deque<std::string> tokens_;

  // Of the worker.
  std::uint64_t decided_ = 0;
};

}  // namespace weir::detail::output
