#pragma once

#include <functional>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace weir::connectors {

/// Runs jobs once descriptors are ready. All calls come from the thread that runs the context.
///
/// It has an epoll of its own and lets Asio watch that alone: Asio makes whatever it watches non-blocking, and that
/// flag belongs to the open file, which other processes share (a terminal, a shell's pipe).
class Readiness {
 public:
  /// @throws std::system_error  if the system has no descriptor left
  explicit Readiness(boost::asio::io_context& context);

  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// Drops the waits that are left.
  ~Readiness();

  enum class For { kReading, kWriting };

  /// Waits on a duplicate, so the caller may close its descriptor. What cannot be waited for (a regular file is always
  /// ready, a closed descriptor never) runs at once.
  void when_ready(int descriptor, For what, std::function<void()> job);

 private:
  void watch();
  void run_ready();

  boost::asio::posix::stream_descriptor epoll_;
  std::unordered_map<int, std::function<void()>> jobs_;  // by duplicate
  bool watching_ = false;
};

}  // namespace weir::connectors
