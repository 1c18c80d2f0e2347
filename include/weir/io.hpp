#pragma once

#include <functional>

namespace weir {
namespace detail {

/// The target of a waker.
class WakeTarget {
 public:
  WakeTarget() = default;
  WakeTarget(const WakeTarget&) = delete;
  WakeTarget& operator=(const WakeTarget&) = delete;
  virtual ~WakeTarget() = default;

  /// From any thread, without blocking.
  virtual void wake() = 0;
};

}  // namespace detail

/// Makes a worker poll its sources and sinks again. Copies are cheap. Usable from any thread until the partition that
/// was opened with it is destroyed, and after that by jobs of the run's I/O thread.
class Waker {
 public:
  /// For the runtime: a partition gets its waker in `OpenContext`.
  explicit Waker(detail::WakeTarget& target) : target_{&target} {}

  /// Never blocks. A wake that comes before the worker sleeps is not lost.
  void wake() const { target_->wake(); }

 private:
  detail::WakeTarget* target_;
};

/// The thread on which a run's blocking calls happen, so that its workers never block.
///
/// Jobs run one at a time, in the order of submission. All of a run's sources and sinks share the thread, so a job
/// should wait only for a disk. Wait for descriptors (pipes, terminals, sockets) by `when_readable` and
/// `when_writable`. When a run ends, it drops waits without running their jobs, and still runs the submitted jobs.
class IoThread {
 public:
  IoThread() = default;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  virtual ~IoThread() = default;

  /// Runs `job` on the I/O thread. An exception that leaves it stops the run, whose error then names no step. Catch it,
  /// and throw it from the partition.
  /// @throws std::system_error  if the system has no thread left; so do the others
  virtual void submit(std::function<void()> job) = 0;

  /// Runs `job` once `descriptor` can be read (or is at its end) without blocking. Regular files always can. The caller
  /// may close the descriptor.
  /// @throws std::system_error  if the system has no descriptor left; so does `when_writable`
  virtual void when_readable(int descriptor, std::function<void()> job) = 0;

  /// Runs `job` once `descriptor` takes at least one page (PIPE_BUF bytes) without blocking, or reports an error.
  virtual void when_writable(int descriptor, std::function<void()> job) = 0;
};

}  // namespace weir
