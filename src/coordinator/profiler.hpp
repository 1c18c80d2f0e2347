#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "graph/plan.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/run.hpp"
#include "worker/worker.hpp"
#include "worker/worker_status.hpp"

namespace weir::detail::coordinator {

/// Samples what each worker is doing, and estimates from that where the time went: all the time between two samples
/// counts for what a worker was seen doing at the second.
class Profiler {
 public:
  /// Between samples for a profile. It is in step with nothing that a program does every millisecond, and long enough
  /// to cost little.
  static constexpr std::chrono::microseconds kPeriod{1'013};
  /// Between samples for those who watch a run, which only need shares over seconds.
  static constexpr std::chrono::microseconds kSlowPeriod{10'013};

  /// @param started  when the workers begin
  Profiler(std::size_t workers, std::size_t steps, runtime::Steady started);

  /// Takes one sample.
  void look(const std::vector<std::unique_ptr<worker::Worker>>& workers, runtime::Steady now);

  /// A worker's thread has ended: what it did last is no longer what it does.
  void on_ended(std::size_t worker) { ended_[worker] = true; }

  /// How long a worker was seen doing something, by its code in `runtime::Activity`. It never becomes less.
  [[nodiscard]] std::chrono::nanoseconds time_of(std::size_t worker, std::uint32_t activity) const {
    return seen_[worker][activity];
  }

  /// @param told  by each worker at its end
  [[nodiscard]] std::vector<WorkerProfile> result(const graph::Plan& plan,
                                                  const std::vector<worker::WorkerStatus>& told) const;

 private:
  std::vector<std::vector<std::chrono::nanoseconds>> seen_;  // by worker and activity
  std::vector<bool> ended_;                                  // by worker
  runtime::Steady last_look_;
};

}  // namespace weir::detail::coordinator
