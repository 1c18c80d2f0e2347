#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "connectors/readiness.hpp"
#include "weir/io.hpp"

namespace weir::connectors {

/// The I/O thread of a run, by Boost.Asio. The thread starts with the first job.
class AsioIoThread final : public IoThread {
 public:
  AsioIoThread();

  ~AsioIoThread() override;

  /// Runs the jobs that were submitted, drops the waits, joins the thread. Before what its jobs refer to is destroyed.
  void finish();

  void submit(std::function<void()> job) override;
  void when_readable(int descriptor, std::function<void()> job) override;
  void when_writable(int descriptor, std::function<void()> job) override;

 private:
  void start();
  void wait_for(int descriptor, Readiness::For what, std::function<void()> job);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::optional<Readiness> waits_;
  std::once_flag started_;
  std::jthread thread_;
};

}  // namespace weir::connectors
