#include "coordinator/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "coordinator/monitor.hpp"
#include "coordinator/resources.hpp"
#include "coordinator/run_log.hpp"
#include "coordinator/run_options.hpp"
#include "graph/plan.hpp"
#include "os/clock_system.hpp"
#include "os/standard_descriptors.hpp"
#include "os/steady_clock.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

constexpr std::chrono::seconds kTellAgain{1};  // how long a restart is still waited for

// The program went on until now, so this is no mistake of its command line.
std::exception_ptr not_made_again(const std::string& step, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    try {
      std::throw_with_nested(StepError{
          step, fmt::format("step \"{}\" had the run made again, and it cannot begin: {}", step, error.what())});
    } catch (...) {
      return std::current_exception();
    }
  }
}

// The process was asked to stop while it had no shards.
class Stopped final : public std::exception {};

}  // namespace

Supervisor::Supervisor(const graph::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger,
                       Watch watch)
    : graph_{&graph}, options_{options}, logger_{std::move(logger)}, watch_{std::move(watch)} {
  check(options_);
  graph.check_runs();
  os::keep_standard_descriptors();
  if (options_.application != nullptr) {
    enter(Phase::kPrepares);
    check_resources(graph, {});
    report_ = std::make_unique<ProcessReport>(
        logger_, os::steady_now, [this](const status::ApplicationState& application) { tell_wait(application); });
    try {
      options_.application->join(graph, *report_);
    } catch (...) {
      leave_application();
      throw;
    }
  } else {
    make_run();
  }
}

Supervisor::~Supervisor() { leave_application(); }

void Supervisor::leave_application() noexcept {
  if (options_.application != nullptr) {
    run_.reset();  // which gives its shards back
    options_.application->leave();
  }
}

void Supervisor::enter(Phase phase) const {
  if (watch_.entered) {
    watch_.entered(phase);
  }
}

std::unique_ptr<Deal> Supervisor::next_deal(const std::stop_token& stop) {
  std::unique_ptr<Deal> deal = options_.application->next(stop);
  if (deal == nullptr) {
    throw Stopped{};
  }
  const Placement& placement = deal->placement();
  report_->dealt(placement.shards.size(), placement.count);
  RunLog{logger_}.dealt(placement);
  return deal;
}

void Supervisor::make_run_of_deal() {
  std::stop_source stop;
  const std::stop_callback on_stop{options_.stop, [&stop] { stop.request_stop(); }};
  const std::stop_callback on_cut{watch_.cut, [&stop] { stop.request_stop(); }};
  report_->set_between_runs(true);
  while (true) {
    Watcher watcher = watch_.watcher;
    if (watcher.tell) {
      watcher.tell = [this](status::RunStatus&& status) { tell(std::move(status)); };
    }
    try {
      run_ = std::make_unique<ThreadedRun>(*graph_, options_, logger_, watch_.cut, &torn_pipes_, std::move(watcher),
                                           next_deal(stop.get_token()));
      report_->set_between_runs(false);
      made_ = true;
      return;
    } catch (const SharesLost& lost) {
      if (stop.stop_requested()) {
        throw Stopped{};
      }
      RunLog{logger_}.shares_lost(lost.what());
    } catch (const UsageError& error) {
      if (!made_) {
        throw;
      }
      // The first run could begin, so this is no mistake of the command line: brokers may be away.
      report_->waits(fmt::format("what a run needs: {}", error.what()));
      if (!wait(options_.restart_delay, 0)) {
        throw Stopped{};
      }
    }
  }
}

void Supervisor::make_run() {
  if (options_.application != nullptr) {
    make_run_of_deal();
    return;
  }
  enter(Phase::kPrepares);
  check_resources(*graph_, options_.recovery);
  Watcher watcher = watch_.watcher;
  if (watcher.tell) {
    watcher.tell = [this](status::RunStatus&& status) { tell(std::move(status)); };
  }
  run_ = std::make_unique<ThreadedRun>(*graph_, options_, logger_, watch_.cut, &torn_pipes_, std::move(watcher));
}

// Another run may follow one that has ended.
void Supervisor::tell(status::RunStatus&& status) {
  status.epochs.failed = restarts_;
  if (report_ != nullptr) {
    status.application = report_->state();
  }
  if (status.phase == status::RunStatus::Phase::kEnded) {
    last_ = std::move(status);
    last_told_ = os::steady_now();
  } else {
    last_.reset();
    watch_.watcher.tell(std::move(status));
  }
}

// There is no run that tells of itself: what is known of the last one, or of one that has not begun.
void Supervisor::tell_wait(const status::ApplicationState& application) {
  if (!watch_.watcher.tell) {
    return;
  }
  const runtime::Steady now = os::steady_now();
  if (!last_) {
    const WorkerCount threads{static_cast<std::uint32_t>(worker_count(options_))};
    last_ = Monitor{graph::Plan{*graph_}, threads, now}.before();
    last_told_ = now;
  }
  last_->elapsed += now - std::exchange(last_told_, now);
  last_->now = Time{now.time_since_epoch() + os::system_offset()};
  last_->phase = status::RunStatus::Phase::kWaiting;
  last_->restart.reset();
  last_->application = application;
  watch_.watcher.tell(status::RunStatus{*last_});
}

void Supervisor::tell_restart(std::optional<status::RestartState> restart) {
  if (!last_) {
    return;
  }
  const std::chrono::nanoseconds passed = os::steady_now() - std::exchange(last_told_, os::steady_now());
  last_->elapsed += passed;
  last_->now += passed;
  last_->phase = status::RunStatus::Phase::kRestarting;
  last_->restart = restart;
  watch_.watcher.tell(status::RunStatus{*last_});
}

void Supervisor::tell_end() noexcept {
  try {
    if (last_) {
      last_->phase = status::RunStatus::Phase::kEnded;
      last_->restart.reset();
      watch_.watcher.tell(std::move(*last_));
      last_.reset();
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): without memory the watcher keeps what it has
  }
}

RunReport Supervisor::execute() {
  struct AtTheEnd {
    Supervisor& self;
    ~AtTheEnd() {
      self.tell_end();
      self.enter(Phase::kEnds);
    }
  };
  const AtTheEnd enters_the_last_phase{*this};
  if (options_.application == nullptr) {
    return execute_runs();
  }
  struct Leaves {
    Supervisor& self;
    ~Leaves() { self.leave_application(); }
  };
  const Leaves leaves{*this};
  try {
    return execute_runs();
  } catch (const Stopped&) {
    RunReport report;
    report.outcome = Outcome::kDrained;
    report.restarts = restarts_;
    return report;
  }
}

RunReport Supervisor::execute_runs() {
  while (true) {
    try {
      enter(Phase::kReads);
      if (run_ == nullptr) {
        make_run();
      }
      RunReport report = run_->execute();
      if (!run_->restart_requested()) {
        report.restarts = restarts_;
        return report;
      }
    } catch (const StepError&) {
      start_over(std::current_exception());
      continue;
    } catch (const SharesLost& lost) {
      RunLog{logger_}.shares_lost(lost.what());
    }
    make_run_again();
  }
}

void Supervisor::start_over(const std::exception_ptr& failure) {
  const Epoch before = run_->resumed_from();
  const bool stopping = run_->stop_requested();
  if (stopping || options_.restarts == 0) {
    std::rethrow_exception(failure);
  }
  tell_restart(std::nullopt);
  run_.reset();  // and with it the lock on the directory
  const std::size_t failures = try_until_made(failure, failure, 1);
  in_vain_ = run_->resumed_from() == before ? in_vain_ + failures : failures;
  if (in_vain_ > options_.restarts) {
    std::rethrow_exception(failure);
  }
  if (failures == 1) {
    wait_for_restart(failure, in_vain_);
  }
  ++restarts_;
}

void Supervisor::make_run_again() {
  if (options_.application != nullptr) {
    run_.reset();  // and with it the shards
    return;        // the next one is made as the first was
  }
  const std::string step = run_->restart_step();
  tell_restart(std::nullopt);
  run_.reset();  // and with it the lock on the directory
  std::exception_ptr failure;
  if (try_to_make_run(failure)) {
    return;
  }
  const std::exception_ptr of_run = not_made_again(step, failure);
  if (options_.restarts == 0) {
    std::rethrow_exception(of_run);
  }
  wait_for_restart(of_run, 1);
  restarts_ += try_until_made(of_run, failure, 1);
}

std::size_t Supervisor::try_until_made(const std::exception_ptr& of_run, std::exception_ptr failure,
                                       std::size_t failures) {
  while (!try_to_make_run(failure)) {
    if (++failures > options_.restarts) {
      rethrow_last(of_run, failure);
    }
    wait_for_restart(failure, failures);
  }
  return failures;
}

// False if a later attempt may succeed; `failure` says why this one failed. The settings were right when the program
// began, so a missing or locked file, or a full store, is no mistake of the command line.
bool Supervisor::try_to_make_run(std::exception_ptr& failure) {
  try {
    make_run();
    return true;
  } catch (const StepError&) {
    failure = std::current_exception();
  } catch (const UsageError&) {
    failure = std::current_exception();
  } catch (const RecoveryError& error) {
    if (error.kind() == RecoveryError::Kind::kRefused) {
      throw;
    }
    failure = std::current_exception();
  }
  return false;
}

// A UsageError would be reported as a mistake of the command line, so the failure of the run is thrown in its place.
void Supervisor::rethrow_last(const std::exception_ptr& of_run, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const UsageError&) {
    std::rethrow_exception(of_run);
  }
}

// A stop ends the wait, and the run with the failure.
void Supervisor::wait_for_restart(const std::exception_ptr& failure, std::size_t restart) {
  RunLog{logger_}.restarted(failure, restart, options_);
  if (!wait(options_.restart_delay, restart)) {
    std::rethrow_exception(failure);
  }
}

bool Supervisor::wait(std::chrono::nanoseconds delay, std::size_t restart) {
  std::stop_source stop;
  const std::stop_callback on_stop{options_.stop, [&stop] { stop.request_stop(); }};
  const std::stop_callback on_cut{watch_.cut, [&stop] { stop.request_stop(); }};
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock{mutex};
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours{24 * 36'500};  // a clock may not reach later times
  const runtime::Steady until = os::steady_now() + std::min(delay, kLongest);
  std::chrono::nanoseconds left = until - os::steady_now();
  while (left > left.zero() && !stop.stop_requested()) {
    if (restart > 0) {
      tell_restart(status::RestartState{.attempt = restart, .most = options_.restarts, .wait = left});
    }
    const std::chrono::nanoseconds turn = last_ ? std::min<std::chrono::nanoseconds>(left, kTellAgain) : left;
    never.wait_for(lock, stop.get_token(), turn, [] { return false; });
    left = until - os::steady_now();
  }
  return !stop.stop_requested();
}

}  // namespace weir::detail::coordinator
