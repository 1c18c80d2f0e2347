#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "weir/io.hpp"

namespace weir::detail::io {

/// The jobs that a sink runs on the I/O thread, in order.
///
/// No job runs after one that failed: after a failed sync it is unknown what the disk holds. A job shares the object,
/// since it may still run when a run was cut and its partitions are gone. Jobs on a thread of the sink's own count too:
/// of several failures the first one is kept.
class IoJobs : public std::enable_shared_from_this<IoJobs> {
 public:
  IoJobs(const IoJobs&) = delete;
  IoJobs& operator=(const IoJobs&) = delete;

  // From the worker; these throw what went wrong.
  void rethrow_failure() const;

  /// Of all jobs that are not done yet.
  [[nodiscard]] std::uint64_t waiting_bytes() const;

 protected:
  IoJobs(Waker waker, IoThread& io) : waker_{waker}, io_{&io} {}
  virtual ~IoJobs() = default;

  /// The waker is called when the job is done.
  /// @param bytes  that it holds
  void submit(std::uint64_t bytes, std::function<void()> job);

  /// Runs a job now, on any thread, unless one has failed. Keeps its failure, and calls the waker.
  void run(const std::function<void()>& job);

  /// No job begins any more.
  void give_up() noexcept { given_up_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool given_up() const noexcept { return given_up_.load(std::memory_order_relaxed); }

 private:
  void fail(std::exception_ptr failure);

  Waker waker_;
  IoThread* io_;
  std::atomic<std::uint64_t> waiting_bytes_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> given_up_{false};
  std::mutex failing_;
  std::exception_ptr failure_;
};

}  // namespace weir::detail::io
