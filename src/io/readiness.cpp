#include "io/readiness.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace weir::detail::io {
namespace {

constexpr const char* kNoDescriptor = "a pipe cannot be waited for; raise the limit on open files (ulimit -n)";

int make_epoll() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    throw std::system_error{errno, std::generic_category(), kNoDescriptor};
  }
  return epoll;
}

}  // namespace

Readiness::Readiness(boost::asio::io_context& context) : epoll_{context, make_epoll()} {}

// Not below 3: descriptors 0 to 2 are the program's.
std::shared_ptr<const Duplicate> Duplicate::of(int descriptor) {
  const int duplicate = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (duplicate < 0 && errno == EBADF) {
    return nullptr;
  }
  if (duplicate < 0) {
    throw std::system_error{errno, std::generic_category(), kNoDescriptor};
  }
  return std::make_shared<const Duplicate>(duplicate);
}

Duplicate::~Duplicate() { ::close(descriptor_); }

void Readiness::when_ready(std::shared_ptr<const Duplicate> duplicate, For what, std::function<void()> job) {
  const int descriptor = duplicate->descriptor();
  epoll_event event{};
  event.events = (what == For::kReading ? EPOLLIN : EPOLLOUT) | EPOLLONESHOT;
  event.data.fd = descriptor;
  const auto wait = waits_.insert_or_assign(descriptor, Wait{std::move(duplicate), std::move(job)}).first;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    const Wait waited = std::move(wait->second);
    waits_.erase(wait);
    waited.second();
    return;
  }
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
      if (!waits_.empty() && !watching_) {
        watch();
      }
    }
  });
}

void Readiness::run_ready() {
  std::array<epoll_event, 16> events{};
  const int ready = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    auto waited = waits_.extract(events[static_cast<std::size_t>(i)].data.fd);
    // Closing is not enough: an epoll keeps a descriptor until the last duplicate of its open file is closed.
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, waited.key(), nullptr);
    waited.mapped().first.reset();
    waited.mapped().second();
  }
}

}  // namespace weir::detail::io
