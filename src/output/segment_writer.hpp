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
#include "io/io_thread.hpp"
#include "os/file.hpp"
#include "output/segment.hpp"
#include "weir/sink.hpp"

namespace weir::detail::output {

/// How much of an output may wait for its target while epochs are undone.
inline constexpr std::uint64_t kMaxUndoneBytes = std::uint64_t{64} << 20;

/// Writes an output that holds what decided epochs made and nothing else.
///
/// The output of an epoch waits in a file of its own until the epoch is decided; then it goes to the target. A crash in
/// between does no harm: the same bytes go to the same place again. Readers never see undecided output, nor any output
/// twice.
///
/// Files are written on the run's I/O thread. A target that waits for more than a disk has a thread of its own, so that
/// the next epochs' files are written meanwhile.
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

  // From the worker; each is done on another thread. Those on the same one are done in the order of the calls.
  void append(std::string block);
  void prepare();
  void commit();

  // What has been done; these throw what went wrong.
  [[nodiscard]] std::optional<std::string> take_token();
  [[nodiscard]] bool committed();

  /// Whether it can take more: little is unwritten, and no closed epoch waits while its output and that after it exceed
  /// `kMaxUndoneBytes`. The open epoch alone never closes the gate, since it is closed by time.
  [[nodiscard]] bool ready();

  /// The run is over. Nothing is added to a target that waits any more; the next run does that. From the thread that
  /// destroys the partition.
  void give_up() noexcept;

 private:
  void recover(const Segment& last);
  void remove_pending_files() const;
  [[nodiscard]] std::filesystem::path pending_path(std::uint64_t execution, std::uint64_t number) const;

  // On the I/O thread, except `commit_now` where the target waits.
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

  // Of all threads.
  struct Prepared {
    Segment segment;
    std::unique_ptr<os::File> file;
  };
  std::atomic<std::uint64_t> committed_{0};
  std::mutex mutex_;
  std::deque<Prepared> prepared_;
  std::deque<std::string> tokens_;

  // Of the worker.
  std::uint64_t decided_ = 0;
  std::uint64_t appended_bytes_ = 0;
  std::uint64_t done_bytes_ = 0;           // of the epochs that are done
  std::uint64_t done_ = 0;                 // epochs
  std::deque<std::uint64_t> closed_ends_;  // of the closed epochs that are not done: how much was appended until then

  std::unique_ptr<io::AsioIoThread> commits_;  // null: they are done on the I/O thread. Ends before the rest does
};

}  // namespace weir::detail::output
