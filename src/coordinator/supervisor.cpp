#include "coordinator/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include <spdlog/logger.h>

#include "coordinator/resources.hpp"
#include "coordinator/run_log.hpp"
#include "coordinator/run_options.hpp"
#include "os/standard_descriptors.hpp"
#include "weir/errors.hpp"

namespace weir::coordinator {

Supervisor::Supervisor(const detail::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger,
                       Watch watch)
    : graph_{&graph}, options_{options}, logger_{std::move(logger)}, watch_{std::move(watch)} {
  check(options_);
  graph.check_runs();
  os::keep_standard_descriptors();
  make_run();
}

void Supervisor::enter(Phase phase) const {
  if (watch_.entered) {
    watch_.entered(phase);
  }
}

void Supervisor::make_run() {
  enter(Phase::kPrepares);
  check_resources(*graph_, options_.recovery);
  run_ = std::make_unique<ThreadedRun>(*graph_, options_, logger_, watch_.cut);
}

RunReport Supervisor::execute() {
  struct AtTheEnd {
    const Supervisor& self;
    ~AtTheEnd() { self.enter(Phase::kEnds); }
  };
  const AtTheEnd enters_the_last_phase{*this};
  while (true) {
    try {
      enter(Phase::kReads);
      RunReport report = run_->execute();
      report.restarts = restarts_;
      return report;
    } catch (const StepError&) {
      start_over(std::current_exception());
    }
  }
}

void Supervisor::start_over(std::exception_ptr failure) {
  const Epoch before = run_->resumed_from();
  const bool stopping = run_->stop_requested();
  if (stopping || options_.restarts == 0) {
    std::rethrow_exception(failure);
  }
  hold_pipes();
  run_.reset();  // and with it the lock on the directory
  std::size_t failures = 1;
  while (true) {
    try {
      make_run();
      break;
    } catch (const StepError&) {  // of a source or sink that cannot be opened again yet
      failure = std::current_exception();
    } catch (const UsageError&) {  // a file that is away or locked: the settings were right when the program began
      failure = std::current_exception();
    } catch (const RecoveryError& error) {  // a store that is full or locked
      if (error.kind() == RecoveryError::Kind::kRefused) {
        throw;
      }
      failure = std::current_exception();
    }
    if (++failures > options_.restarts) {
      std::rethrow_exception(failure);
    }
    RunLog{logger_}.restarted(failure, failures, options_);
    if (!wait(options_.restart_delay)) {
      std::rethrow_exception(failure);
    }
  }
  in_vain_ = run_->resumed_from() == before ? in_vain_ + failures : failures;
  if (in_vain_ > options_.restarts) {
    std::rethrow_exception(failure);
  }
  ++restarts_;
  run_->log().restarted(failure, in_vain_, options_);
  if (!wait(options_.restart_delay)) {
    std::rethrow_exception(failure);
  }
}

// For want of a source's answer they are not held.
void Supervisor::hold_pipes() {
  try {
    held_pipes_ = std::make_unique<connectors::HeldPipes>(*graph_);
  } catch (const std::exception& error) {
    if (logger_ != nullptr) {
      logger_->warn("named pipes are closed for the restart: {}", error.what());
    }
  }
}

bool Supervisor::wait(std::chrono::nanoseconds delay) const {
  std::stop_source stop;
  const std::stop_callback on_stop{options_.stop, [&stop] { stop.request_stop(); }};
  const std::stop_callback on_cut{watch_.cut, [&stop] { stop.request_stop(); }};
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock{mutex};
  constexpr auto kLongest = std::chrono::hours{24 * 36'500};  // later times a clock may not be able to tell
  never.wait_for(lock, stop.get_token(), std::min<std::chrono::nanoseconds>(delay, kLongest), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace weir::coordinator
