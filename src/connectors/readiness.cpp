#include "connectors/readiness.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace weir::connectors {
namespace {

int make_epoll() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    throw std::system_error{errno, std::generic_category(), "waiting for files and pipes is not possible"};
  }
  return epoll;
}

}  // namespace

Readiness::Readiness(boost::asio::io_context& context) : epoll_{context, make_epoll()} {}

Readiness::~Readiness() {
  for (const auto& [duplicate, job] : jobs_) {
    ::close(duplicate);
  }
}

void Readiness::when_ready(int descriptor, For what, std::function<void()> job) {
  const int duplicate = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) {
    job();  // finds out what is wrong with it
    return;
  }
  epoll_event event{};
  event.events = (what == For::kReading ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT;
  event.data.fd = duplicate;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, duplicate, &event) != 0) {
    ::close(duplicate);
    job();
    return;
  }
  jobs_.emplace(duplicate, std::move(job));
  if (!watching_) {
    watch();
  }
}

void Readiness::watch() {
  watching_ = true;
  epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
    watching_ = false;
    if (!error) {
      run_ready();
      if (!jobs_.empty() && !watching_) {
        watch();
      }
    }
  });
}

void Readiness::run_ready() {
  std::array<epoll_event, 16> events{};
  const int ready = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    const int duplicate = events[static_cast<std::size_t>(i)].data.fd;
    // Closing is not enough: an epoll keeps a descriptor until the last duplicate of its open file is closed.
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, duplicate, nullptr);
    ::close(duplicate);
    auto waited = jobs_.extract(duplicate);
    waited.mapped()();
  }
}

}  // namespace weir::connectors
