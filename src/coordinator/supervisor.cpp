#include "coordinator/supervisor.hpp"

#include <chrono>
#include <utility>

#include <spdlog/logger.h>

#include "coordinator/resources.hpp"
#include "weir/errors.hpp"

namespace weir::coordinator {

Supervisor::Supervisor(const detail::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger,
                       Attendant attendant)
    : graph_{&graph}, options_{options}, logger_{std::move(logger)}, attendant_{std::move(attendant)} {
  if (options_.restarts > 0 && options_.recovery.empty()) {
    throw UsageError{"restarts: a run that keeps no snapshots would begin at the beginning; name a recovery directory"};
  }
  make_run();
}

void Supervisor::make_run() {
  check_resources(*graph_, options_.recovery);
  run_ = std::make_unique<ThreadedRun>(*graph_, options_, logger_);
  if (attendant_) {
    attending_ = attendant_(*run_);
  }
}

RunReport Supervisor::execute() {
  while (true) {
    try {
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
  attending_.reset();
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
