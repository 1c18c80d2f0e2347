#include "connectors/io_thread.hpp"

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
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
  wait_for(descriptor, true, std::move(job));
}

void AsioIoThread::when_writable(int descriptor, std::function<void()> job) {
  wait_for(descriptor, false, std::move(job));
}

// Waits on a duplicate, so that the caller's descriptor keeps its flags and may be closed.
void AsioIoThread::wait_for(int descriptor, bool readable, std::function<void()> job) {
  submit([this, descriptor, readable, job = std::move(job)]() mutable {
    const int duplicate = ::dup(descriptor);
    if (duplicate < 0) {
      job();  // finds out what is wrong with it
      return;
    }
    boost::system::error_code refused;
    auto stream = std::make_shared<asio::posix::stream_descriptor>(context_);
    if (stream->assign(duplicate, refused)) {  // a regular file is always ready, and epoll refuses it
      ::close(duplicate);
      job();
      return;
    }
    using Descriptor = asio::posix::descriptor_base;
    stream->async_wait(readable ? Descriptor::wait_read : Descriptor::wait_write,
                       [stream, job = std::move(job)](const boost::system::error_code& /*error*/) { job(); });
  });
}

}  // namespace weir::connectors
