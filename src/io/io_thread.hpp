#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "io/readiness.hpp"
#include "weir/io.hpp"

namespace weir::detail::io {

struct TornPipes;

/// The I/O thread of a run, by Boost.Asio. The thread starts with the first job.
class AsioIoThread final : public IoThread {
 public:
  /// @param failed  hears on the I/O thread of an exception that left a job; none: the program ends
  /// @param torn    what an earlier run left, and what this one leaves; null: nothing is kept
  explicit AsioIoThread(std::function<void(std::exception_ptr)> failed = nullptr, TornPipes* torn = nullptr);

  ~AsioIoThread() override;

  /// Runs the jobs that were submitted, drops the waits, joins the thread. Before what its jobs refer to is destroyed.
  void finish();

  void submit(std::function<void()> job) override;
  void when_readable(int descriptor, std::function<void()> job) override;
  void when_writable(int descriptor, std::function<void()> job) override;

  /// Null: none are kept.
  [[nodiscard]] TornPipes* torn() const noexcept { return torn_; }

 private:
  void start();
  void run();
  void wait_for(int descriptor, Readiness::For what, std::function<void()> job);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::function<void(std::exception_ptr)> failed_;
  TornPipes* torn_;
  std::mutex starting_;
  std::optional<Readiness> waits_;
  std::jthread thread_;
};

}  // namespace weir::detail::io
