#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "graph/plan.hpp"
#include "weir/run.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// Samples what each worker is doing, and estimates from that where the time went.
class Profiler {
 public:
  /// Between samples. It is in step with nothing that a program does every millisecond, and long enough to cost little.
  static constexpr std::chrono::microseconds kPeriod{1'013};

  Profiler(std::size_t workers, std::size_t steps);

  /// Takes one sample.
  void look(const std::vector<std::unique_ptr<worker::Worker>>& workers);

  /// @param took  how long the run was
  [[nodiscard]] std::vector<WorkerProfile> result(const graph::Plan& plan,
                                                  const std::vector<std::unique_ptr<worker::Worker>>& workers,
                                                  std::chrono::nanoseconds took) const;

 private:
  std::vector<std::vector<std::uint64_t>> seen_;  // by worker and activity
  std::uint64_t looks_ = 0;
};

}  // namespace weir::detail::coordinator
