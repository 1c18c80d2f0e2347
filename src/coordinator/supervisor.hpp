#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "coordinator/application.hpp"
#include "coordinator/process_report.hpp"
#include "coordinator/threaded_run.hpp"
#include "io/torn_lines.hpp"
#include "status/run_status.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/run.hpp"

namespace weir::detail::coordinator {

/// What a program with a run is doing.
enum class Phase : std::uint8_t {
  kPrepares,  ///< nothing is read yet
  kReads,
  kEnds,  ///< the run is over
};

/// How a program watches its runs.
struct Watch {
  std::stop_token cut{};                 ///< cuts the run off
  std::function<void(Phase)> entered{};  ///< called as each phase begins
  Watcher watcher{};                     ///< is told of each run, of waits between them, and of the end of the last
};

/// Runs a dataflow, and runs it again from its newest snapshot when it fails, as often as the options say.
class Supervisor {
 public:
  /// Makes the first run; nothing runs yet.
  /// @param logger  null: says nothing
  /// @throws UsageError  for options that cannot be right
  Supervisor(const graph::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger = nullptr,
             Watch watch = {});

  /// Runs to the end.
  RunReport execute();

  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

 private:
  /// Prepares the next run after a failure; throws the failure if there is to be none.
  void start_over(const std::exception_ptr& failure);
  /// Makes the run again, since a source asked for that.
  void make_run_again();
  /// Tries until a run is made; throws after as many failures as restarts are allowed.
  /// @param failures  how many came before
  std::size_t try_until_made(const std::exception_ptr& of_run, std::exception_ptr failure, std::size_t failures);
  /// Waits for so long; false if the run is to stop meanwhile.
  [[nodiscard]] bool wait(std::chrono::nanoseconds delay, std::size_t restart);
  void make_run();
  /// Waits for a deal, and makes a run of it; until one is made.
  void make_run_of_deal();
  [[nodiscard]] std::unique_ptr<Deal> next_deal(const std::stop_token& stop);
  void tell_wait(const status::ApplicationState& application);
  RunReport execute_runs();
  [[nodiscard]] bool try_to_make_run(std::exception_ptr& failure);
  [[noreturn]] static void rethrow_last(const std::exception_ptr& of_run, const std::exception_ptr& failure);
  void wait_for_restart(const std::exception_ptr& failure, std::size_t restart);
  void tell(status::RunStatus&& status);
  void tell_restart(std::optional<status::RestartState> restart);
  void tell_end() noexcept;
  void enter(Phase phase) const;
  void leave_application() noexcept;

  const graph::Graph* graph_;
  RunOptions options_;
  std::shared_ptr<spdlog::logger> logger_;
  Watch watch_;
  io::TornPipes torn_pipes_;
  std::unique_ptr<ProcessReport> report_;  // of an application
  std::unique_ptr<ThreadedRun> run_;       // null in an application that has dealt nothing yet
  std::optional<status::RunStatus> last_;  // of the run that ended last
  std::chrono::steady_clock::time_point last_told_{};
  bool made_ = false;  // a run of an application, once
  std::size_t restarts_ = 0;
  std::size_t in_vain_ = 0;  // restarts since an epoch was committed
};

}  // namespace weir::detail::coordinator
