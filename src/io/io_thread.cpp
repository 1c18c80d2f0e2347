#include "io/io_thread.hpp"

#include <memory>
#include <utility>

#include <boost/asio/post.hpp>

#include "os/start_thread.hpp"

namespace weir::detail::io {

namespace asio = boost::asio;

AsioIoThread::AsioIoThread(std::function<void(std::exception_ptr)> failed, TornPipes* torn)
    : work_{asio::make_work_guard(context_)}, failed_{std::move(failed)}, torn_{torn} {}

// Without memory for the last job there is no way to end well.
AsioIoThread::~AsioIoThread() { finish(); }  // NOLINT(bugprone-exception-escape)

// Jobs come before the stop in the queue; waits that have not come due by then never run.
void AsioIoThread::finish() {
  if (thread_.joinable()) {
    asio::post(context_, [this] { context_.stop(); });
    thread_.join();
  }
}

void AsioIoThread::start() {
  const std::scoped_lock lock{starting_};
  if (!thread_.joinable()) {
    thread_ = os::start_thread("the I/O thread", [this] { run(); });
  }
}

void AsioIoThread::run() {
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (...) {
      if (!failed_) {
        throw;
      }
      failed_(std::current_exception());
    }
  }
}

void AsioIoThread::submit(std::function<void()> job) {
  start();
  asio::post(context_, std::move(job));
}

void AsioIoThread::when_readable(int descriptor, std::function<void()> job) {
  wait_for(descriptor, Readiness::For::kReading, std::move(job));
}

void AsioIoThread::when_writable(int descriptor, std::function<void()> job) {
  wait_for(descriptor, Readiness::For::kWriting, std::move(job));
}

// The caller's thread asks for what the system may refuse, so that the caller gets the error. Only the I/O thread uses
// the set of waits.
void AsioIoThread::wait_for(int descriptor, Readiness::For what, std::function<void()> job) {
  std::shared_ptr<const Duplicate> duplicate = Duplicate::of(descriptor);
  if (duplicate == nullptr) {
    submit(std::move(job));  // finds out what is wrong with it
    return;
  }
  {
    const std::scoped_lock lock{starting_};
    if (!waits_) {
      waits_.emplace(context_);
    }
  }
  submit([this, duplicate = std::move(duplicate), what, job = std::move(job)]() mutable {
    waits_->when_ready(std::move(duplicate), what, std::move(job));
  });
}

}  // namespace weir::detail::io
