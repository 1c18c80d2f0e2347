#include "coordinator/supervisor.hpp"

#include <chrono>
#include <utility>

#include <spdlog/logger.h>

#include "coordinator/resources.hpp"
#include "coordinator/run_options.hpp"
#include "os/standard_descriptors.hpp"
#include "weir/errors.hpp"

namespace weir::coordinator {

Supervisor::Supervisor(const detail::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger,
                       Watch watch)
    : graph_{&graph}, options_{options}, logger_{std::move(logger)}, watch_{std::move(watch)} {
  graph.check_runs();
  check(options_);
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
      RunReport report = run_->execute(restarts_ == 0 ? std::chrono::nanoseconds{0} : options_.restart_delay);
      report.restarts = restarts_;
      return report;
    } catch (const StepError&) {
      start_over(std::current_exception());
    }
  }
}

void Supervisor::start_over(const std::exception_ptr& failure) {
  const Epoch before = run_->resumed_from();
  const bool stopping = run_->stop_requested();
  if (stopping || options_.restarts == 0) {
    std::rethrow_exception(failure);
  }
  run_.reset();  // and with it the lock on the directory
  make_run();
  in_vain_ = run_->resumed_from() == before ? in_vain_ + 1 : 1;
  if (in_vain_ > options_.restarts) {
    std::rethrow_exception(failure);
  }
  ++restarts_;
  run_->log().restarted(failure, in_vain_, options_);
}

}  // namespace weir::coordinator
