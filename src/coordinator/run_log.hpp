#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string_view>

#include <spdlog/logger.h>

#include "coordinator/assembly.hpp"
#include "coordinator/recovery.hpp"
#include "exchange/fabric.hpp"
#include "graph/plan.hpp"
#include "weir/log.hpp"
#include "weir/run.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::coordinator {

/// What a run says of itself while it runs. Without a logger it says nothing: host programs are left alone.
class RunLog {
 public:
  explicit RunLog(std::shared_ptr<spdlog::logger> logger);

  void started(const graph::Plan& plan, const RunOptions& options, std::size_t workers,
               const exchange::ChannelSize& channels) const;
  /// Says of which lookups the table is not read first.
  void read_order(const graph::Plan& plan, const Assembly& assembly) const;
  /// A run that keeps snapshots is about to start.
  /// @param assembly  its workers, which have not run yet
  void resumed(const graph::Plan& plan, const Recovery& recovery, const Assembly& assembly,
               const std::string& directory) const;
  /// A run that failed is about to restart.
  /// @param restart  the number of restarts since an epoch was committed, with this one
  /// A line of a step's source or sink. From any thread.
  void of_step(LogTarget::Level level, std::string_view step, std::string_view line) const;
  void restart_planned(std::string_view step, std::string_view reason) const;
  void dealt(const Placement& placement) const;
  void shares_lost(std::string_view reason) const;
  void restarted(const std::exception_ptr& failure, std::size_t restart, const RunOptions& options) const;
  void pinned(WorkerIndex worker, WorkerCount workers, std::size_t core) const;
  void not_pinned(WorkerIndex worker, WorkerCount workers, std::string_view reason) const;
  void epoch_passed(Epoch epoch, std::chrono::nanoseconds took) const;
  void epoch_committed(Epoch epoch) const;
  void input_ended() const;
  /// The workers have ended: says what their sources leave to a later run.
  void left_over(const Assembly& assembly) const;
  void stop_requested(std::chrono::nanoseconds drain_timeout) const;
  void cut() const;
  void failed() const;
  void ended(const RunReport& report, std::chrono::nanoseconds took) const;

 private:
  void guarantees(const graph::Plan& plan, const Assembly& assembly) const;
  void unclaimed(const Assembly& assembly) const;

  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace weir::detail::coordinator
