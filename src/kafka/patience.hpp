#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "weir/log.hpp"

namespace weir::detail::kafka {

/// A wait that was told to end.
class GivenUp final : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the run is over; the next one sends the rest"; }
};

/// How an output waits for brokers that are away: for as long as it takes, with a warning each minute, until it is told
/// to give up.
class Patience {
 public:
  explicit Patience(Log log) : log_{log} {}

  /// From any thread: all waits end, now and from now on.
  void give_up() noexcept;

  /// Begins to wait, or goes on after something was achieved.
  /// @param held_back  what waits, for the warning
  void begin(std::string held_back);

  /// Called at least once a second while it waits.
  /// @param words  why
  /// @throws GivenUp
  void check(std::string_view words);

  /// The same, and pauses: for a call that failed at once and may be made again.
  /// @throws GivenUp
  void pause(std::string_view words);

 private:
  using Clock = std::chrono::steady_clock;

  Log log_;
  std::mutex mutex_;
  std::condition_variable told_;
  bool given_up_ = false;
  std::string held_back_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point warned_ = begun_;
};

}  // namespace weir::detail::kafka
