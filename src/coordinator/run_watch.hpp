#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "coordinator/monitor.hpp"
#include "coordinator/profiler.hpp"
#include "graph/plan.hpp"
#include "status/run_status.hpp"
#include "weir/run.hpp"
#include "worker/control.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// Gets the status of a run, again and again and at its end.
struct Watcher {
  std::function<void(status::RunStatus&&)> tell{};  ///< empty: no one watches
  std::chrono::milliseconds every{1000};
};

/// Watches a run: samples what its workers do, asks them now and then what they have done, and tells a watcher.
/// Where no one watches it does nothing.
class RunWatch {
 public:
  struct Parts {
    const graph::Plan& plan;
    const std::vector<std::unique_ptr<worker::Worker>>& workers;
    worker::Control& control;
    boost::asio::io_context& context;                  ///< on whose thread all of this happens
    std::function<void()> wake_workers;                ///< so that they see a question
    std::function<void(status::RunStatus&)> add_rest;  ///< what only the run knows
  };

  /// @param profiles  whether the run has a profile
  RunWatch(Parts parts, Watcher watcher, bool profiles)
      : parts_{std::move(parts)}, watcher_{std::move(watcher)}, profiles_{profiles} {}

  /// The workers begin.
  void start();

  /// A worker has answered.
  void on_status(worker::WorkerEvent&& event);

  /// A worker's thread has ended: it has told of itself for the last time, and answers no more.
  void on_ended(WorkerIndex worker);

  /// The workers have ended: tells the watcher once more.
  /// @param told  by each worker at its end
  void end(const std::vector<worker::WorkerStatus>& told);

  /// Empty if the run has none.
  [[nodiscard]] std::vector<WorkerProfile> profile(const std::vector<worker::WorkerStatus>& told) const;

 private:
  void wait_to_look();
  void wait_to_ask();
  void ask();
  [[nodiscard]] bool is_waiting() const;
  void note_answer(WorkerIndex worker);
  void tell();
  [[nodiscard]] status::RunStatus status();

  Parts parts_;
  Watcher watcher_;
  bool profiles_;
  boost::asio::steady_timer look_timer_{parts_.context};
  boost::asio::steady_timer ask_timer_{parts_.context};
  std::optional<Profiler> profiler_;
  std::optional<Monitor> monitor_;
  enum class Answer : std::uint8_t { kCame, kMissing, kEnded };
  std::vector<Answer> answers_;  // to the last question, by worker
};

}  // namespace weir::detail::coordinator
