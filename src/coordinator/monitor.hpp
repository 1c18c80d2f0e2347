#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "coordinator/profiler.hpp"
#include "graph/plan.hpp"
#include "status/run_status.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/worker_context.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// Puts together the status of a run from what its workers tell of themselves.
class Monitor {
 public:
  /// @param started  when the workers begin
  Monitor(const graph::Plan& plan, WorkerCount workers, runtime::Steady started);

  /// Of a run that has not begun.
  [[nodiscard]] const status::RunStatus& before() const noexcept { return still_; }

  /// A worker has told of itself.
  void on_status(WorkerIndex worker, worker::WorkerStatus&& told, runtime::Steady now);

  /// A worker has told of itself for the last time.
  void on_ended(WorkerIndex worker, worker::WorkerStatus&& told, runtime::Steady now);

  /// What the workers last told, and how long they have been seen doing what.
  /// @param profiler  null: that is not known
  [[nodiscard]] status::RunStatus status(const std::vector<std::unique_ptr<worker::Worker>>& workers,
                                         const Profiler* profiler, runtime::Steady now) const;

 private:
  void add_told(status::RunStatus& status, std::size_t worker) const;
  static void add_seen(status::RunStatus& status, std::size_t worker, const Profiler& profiler);

  struct Told {
    worker::WorkerStatus status;
    runtime::Steady at;
    bool last = false;
  };

  status::RunStatus still_;                        // what does not change
  std::vector<std::optional<std::size_t>> edges_;  // by edge of the plan: its index in the status
  std::vector<Told> told_;                         // by worker
};

}  // namespace weir::detail::coordinator
