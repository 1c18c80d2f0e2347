#include "connectors/io_thread.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace weir::connectors {

namespace asio = boost::asio;

AsioIoThread::AsioIoThread() : work_{asio::make_work_guard(context_)} {}

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
  std::call_once(started_, [this] { thread_ = std::jthread{[this] { context_.run(); }}; });
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

// The set of waits is made and used on the I/O thread alone.
void AsioIoThread::wait_for(int descriptor, Readiness::For what, std::function<void()> job) {
  submit([this, descriptor, what, job = std::move(job)]() mutable {
    if (!waits_) {
      waits_.emplace(context_);
    }
    waits_->when_ready(descriptor, what, std::move(job));
  });
}

}  // namespace weir::connectors
