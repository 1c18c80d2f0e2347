#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "coordinator/application.hpp"
#include "coordinator/assembly.hpp"
#include "coordinator/coordinator.hpp"
#include "coordinator/epoch_times.hpp"
#include "coordinator/recovery.hpp"
#include "coordinator/run_log.hpp"
#include "coordinator/run_watch.hpp"
#include "coordinator/store_writer.hpp"
#include "exchange/park_word.hpp"
#include "graph/plan.hpp"
#include "io/io_thread.hpp"
#include "status/run_status.hpp"
#include "weir/log.hpp"
#include "weir/planned_restart.hpp"
#include "weir/run.hpp"
#include "worker/control.hpp"

namespace weir::detail::coordinator {

/// One run on real threads: drives the coordinator's state machine by Boost.Asio and each worker by a thread that parks
/// when there is nothing to do.
class ThreadedRun final : private LogTarget, private RestartTarget {
 public:
  /// Makes all workers; nothing runs yet.
  /// @param options  checked
  /// @param logger   null: says nothing
  /// @param cut      cuts the run off
  /// @param torn     lines that the run before it had begun; null: there is none, and none follows
  /// @param watcher  is told of the run on this thread
  /// @param deal     the shards that it has in an application; null: it has everything
  ThreadedRun(const graph::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger = nullptr,
              std::stop_token cut = {}, io::TornPipes* torn = nullptr, Watcher watcher = {},
              std::unique_ptr<Deal> deal = nullptr);

  ThreadedRun(const ThreadedRun&) = delete;
  ThreadedRun& operator=(const ThreadedRun&) = delete;
  ~ThreadedRun() override {
    listen_to_deal({});
    io_.finish();
  }

  /// Runs to the end on this thread and those of the workers.
  RunReport execute();

  /// The epoch that it resumes after; 0 if it starts at the beginning.
  [[nodiscard]] Epoch resumed_from() const { return recovery_ != nullptr ? recovery_->plan().last : Epoch{0}; }

  [[nodiscard]] bool stop_requested() const { return stopping_; }

  /// Whether it has ended to be made again at once, since a source asked for that.
  [[nodiscard]] bool restart_requested() const { return coordinator_.restarts(); }
  /// The id of that source's step.
  [[nodiscard]] const std::string& restart_step() const noexcept { return restart_step_; }

  [[nodiscard]] const RunLog& log() const noexcept { return log_; }

 private:
  /// Wakes workers by the park words of their threads. Each thread has every so-many-th worker.
  class ParkActivator final : public exchange::Activator {
   public:
    explicit ParkActivator(std::size_t threads) : words_(threads) {}
    void wake(WorkerIndex worker) override { words_[worker % words_.size()].wake(); }
    void wake_for_room(WorkerIndex worker) override { words_[worker % words_.size()].wake_for_room(); }
    [[nodiscard]] std::size_t threads() const noexcept { return words_.size(); }
    [[nodiscard]] exchange::ParkWord<>& word(std::size_t thread) { return words_[thread]; }

   private:
    std::vector<exchange::ParkWord<>> words_;
  };

  void write(Level level, std::string_view step, std::string_view line) override;
  void request_restart(std::string_view step, std::string_view reason) override;
  void request_stop();
  void cut();
  template <typename News>
  void tell(News news);
  void drive(std::size_t thread);
  void pin(std::size_t thread);
  void listen_to_deal(Deal::Listener listener);
  void run_workers();
  void start_writer();
  void start_workers(std::vector<std::jthread>& threads);
  void wait_for_epoch();
  void wake_if_ordered();
  void on_event(worker::WorkerEvent&& event);
  void on_committed(Epoch epoch);
  void on_failure(std::exception_ptr error);
  void wake_workers();
  void add_status(status::RunStatus& status) const;
  [[nodiscard]] RunReport make_report(const std::vector<worker::WorkerStatus>& told) const;
  void count_open_keys(RunReport& report) const;

  RunLog log_;
  graph::Plan plan_;
  RunOptions options_;
  std::stop_token cut_requested_;
  std::unique_ptr<Deal> deal_;  // null: there is no application; given back when all else is gone
  WorkerCount workers_;
  std::vector<std::size_t> cores_;      // that threads of workers are pinned to
  std::unique_ptr<Recovery> recovery_;  // null: the run keeps no snapshots
  worker::Control control_;
  ParkActivator activator_;
  boost::asio::io_context context_;
  boost::asio::steady_timer epoch_timer_{context_};
  boost::asio::steady_timer drain_timer_{context_};
  io::AsioIoThread io_;
  Assembly assembly_;
  Coordinator coordinator_;
  RunWatch watch_;
  std::optional<StoreWriter> writer_;
  std::size_t threads_running_ = 0;
  runtime::Steady started_{};
  Epoch ordered_{};  // the last that was ordered closed
  std::optional<EpochTimes> epochs_;
  std::string restart_step_;
  bool stopping_ = false;
  bool cut_ = false;
};

}  // namespace weir::detail::coordinator
