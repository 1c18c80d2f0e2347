#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace weir::detail::io {

/// A descriptor of a file that another descriptor has open.
class Duplicate {
 public:
  /// @return  null: nothing is open there
  /// @throws std::system_error  if the system has no descriptor left
  static std::shared_ptr<const Duplicate> of(int descriptor);

  explicit Duplicate(int descriptor) noexcept : descriptor_{descriptor} {}
  Duplicate(const Duplicate&) = delete;
  Duplicate& operator=(const Duplicate&) = delete;
  ~Duplicate();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

/// Runs jobs once descriptors are ready. All calls come from the thread that runs the context.
///
/// It has an epoll of its own, and Asio watches only that. Asio makes every descriptor that it watches non-blocking.
/// That flag belongs to the open file, which other processes share (a terminal, a shell's pipe).
class Readiness {
 public:
  /// @throws std::system_error  if the system has no descriptor left
  explicit Readiness(boost::asio::io_context& context);

  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  enum class For { kReading, kWriting };

  /// What cannot be waited for (a regular file is always ready) runs at once. The caller may close the descriptor that
  /// this is a duplicate of. Waits that are left at the end are dropped.
  // Shared, since a job that was submitted must be copyable; it has one owner.
  void when_ready(std::shared_ptr<const Duplicate> duplicate, For what, std::function<void()> job);

 private:
  using Wait = std::pair<std::shared_ptr<const Duplicate>, std::function<void()>>;

  void watch();
  void run_ready();

  boost::asio::posix::stream_descriptor epoll_;
  std::unordered_map<int, Wait> waits_;  // by duplicate
  bool watching_ = false;
};

}  // namespace weir::detail::io
