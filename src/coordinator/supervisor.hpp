#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "coordinator/threaded_run.hpp"
#include "weir/detail/graph.hpp"
#include "weir/run.hpp"

namespace weir::coordinator {

/// Runs a dataflow, and runs it again from its newest snapshot when it fails, as often as the options say.
class Supervisor {
 public:
  /// Made for each run before it begins, and gone when that is over.
  using Attendant = std::function<std::shared_ptr<void>(ThreadedRun&)>;

  /// Makes the first run; nothing runs yet.
  /// @param logger  null: says nothing
  Supervisor(const detail::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger = nullptr,
             Attendant attendant = nullptr);

  /// Runs to the end.
  RunReport execute();

 private:
  /// Prepares the next run behind a failure; throws that where there shall be none.
  void start_over(const std::exception_ptr& failure);
  void make_run();

  const detail::Graph* graph_;
  RunOptions options_;
  std::shared_ptr<spdlog::logger> logger_;
  Attendant attendant_;
  std::unique_ptr<ThreadedRun> run_;
  std::shared_ptr<void> attending_;
  std::size_t restarts_ = 0;
  std::size_t in_vain_ = 0;  // restarts since an epoch was committed
};

}  // namespace weir::coordinator
