#pragma once

#include <chrono>
#include <stop_token>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "coordinator/supervisor.hpp"

namespace weir::detail::coordinator {

/// Hears SIGINT and SIGTERM for as long as it lives, on a thread of its own, whatever the program is busy with.
///
/// The first asks for a stop. The second cuts the run off, and so does the end of the time that a stop may take. If the
/// program does not end then, since its code never returns, this ends it: with exit code 3, or that of the run that is
/// over.
class StopSignals {
 public:
  /// @throws std::system_error  if the system has no thread or descriptor left
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }
  [[nodiscard]] std::stop_token cut() const { return cut_.get_token(); }

  /// What the program is doing from now on; `kPrepares` from the beginning. From any thread.
  /// @param drain_timeout  how long a stop may take while a run reads
  void enter(Phase phase, std::chrono::nanoseconds drain_timeout);

  /// The run is over, and this is what the program is to exit with.
  void ends_with(int exit);

 private:
  // On the thread from here.
  void wait();
  void expect_end();
  void cut_run();
  void wait_until(std::chrono::nanoseconds later, void (StopSignals::*then)());
  void end_program();

  std::stop_source stop_;
  std::stop_source cut_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_{context_};
  boost::asio::steady_timer timer_{context_};
  Phase phase_ = Phase::kPrepares;
  std::chrono::nanoseconds drain_timeout_{};
  int exit_;  // of a run that is over
  std::jthread thread_;
};

}  // namespace weir::detail::coordinator
