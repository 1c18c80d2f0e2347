#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <vector>

#include "coordinator/read_order.hpp"
#include "recovery/snapshot_store.hpp"
#include "weir/worker_context.hpp"
#include "worker/control.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// Whether a run keeps snapshots, and what it resumes from.
struct SnapshotPlan {
  bool kept = false;
  Epoch last{0};             ///< the newest complete epoch
  bool last_closed = false;  ///< the input had come to its end with it
};

/// What the coordinator decides, as a state machine fed with events: which epochs close, when the input has ended, when
/// everything stops. It knows no thread, clock or signal; its driver turns those into events.
class Coordinator {
 public:
  /// @param order  which inputs are released after which others
  Coordinator(WorkerCount workers, worker::Control& control, const SnapshotPlan& snapshots = {}, ReadOrder order = {});

  /// A stop ends what was read as the end of the input would.
  void end_on_stop() noexcept { ends_on_stop_ = true; }

  /// It is time for the next epoch. Ignored while the last one has not passed all workers, and while two of them wait
  /// for the snapshot store.
  void on_epoch_timer();

  void on_event(worker::WorkerEvent&& event);

  /// An epoch of which all workers' parts are there, for the store: oldest first, each once.
  [[nodiscard]] std::optional<recovery::EpochCommit> take_commit();

  /// The store has it.
  void on_committed(Epoch epoch);

  /// A worker failed; all others stop at their next step. Only the first failure counts.
  void on_failure(std::exception_ptr error);

  /// The run is to stop after the epoch that is open now.
  void on_stop_request();

  /// The run is to stop after the epoch that is open now, to be made again. Nothing of it ends. Only if it keeps
  /// snapshots.
  void on_restart_request();

  /// Everything stops at its next step.
  void on_abort();

  /// Whether orders were given since the last call. Workers that sleep must be woken to see them.
  [[nodiscard]] bool take_wake() noexcept { return std::exchange(wake_, false); }

  /// The epoch that is to be closed, or was last.
  [[nodiscard]] Epoch ordered() const noexcept { return order_.epoch; }

  /// Whether that epoch has passed all workers.
  [[nodiscard]] bool passed() const noexcept;

  /// Whether the input ended in an earlier run, and nothing has come since: that run emitted what is open.
  [[nodiscard]] bool nothing_new() const noexcept { return nothing_new_; }

  /// Whether the input of all workers has ended.
  [[nodiscard]] bool input_ended() const noexcept {
    return nothing_new_ || (order_.then == worker::Then::kEnd && !stops_reading_);
  }

  [[nodiscard]] bool finished() const noexcept { return finished_ == workers_.value; }
  [[nodiscard]] bool stopped() const noexcept {
    return !nothing_new_ && (order_.then == worker::Then::kStop || stops_reading_);
  }
  /// Whether the run stopped to be made again. If it was asked to stop meanwhile, the next one hears of that.
  [[nodiscard]] bool restarts() const noexcept { return restarts_ && order_.then == worker::Then::kStop; }
  [[nodiscard]] bool aborted() const noexcept { return control_->aborted(); }
  [[nodiscard]] std::exception_ptr error() const noexcept { return error_; }

 private:
  void close_epoch(worker::Then then);
  void on_exhausted(std::uint64_t items_read);
  void on_passed(worker::WorkerEvent&& event);
  void close_if_filled();
  void release_inputs();
  void end_what_was_read();
  void stop_if_asked();

  static constexpr std::uint64_t kMaxUncommitted = 2;

  WorkerCount workers_;
  worker::Control* control_;
  SnapshotPlan snapshots_;
  worker::Order order_;
  std::vector<Epoch> passed_;
  ReadOrder read_order_;
  std::deque<recovery::EpochCommit> parts_;  // of epochs from the oldest that is not whole
  Epoch committed_;
  bool filled_ = false;       // the open epoch has its share of items
  bool tables_read_ = false;  // its end releases inputs
  bool ends_on_stop_ = false;
  bool stops_reading_ = false;  // a stop was ordered, and what was read is ended after it
  bool stop_asked_ = false;
  bool restart_asked_ = false;
  bool restarts_ = false;         // the last order closes the epoch before a restart
  std::uint64_t items_read_ = 0;  // by workers whose sources are at their end
  bool nothing_new_ = false;      // since the input came to its end in an earlier run
  std::uint32_t exhausted_ = 0;
  std::uint32_t finished_ = 0;
  std::exception_ptr error_;
  bool wake_ = false;
};

}  // namespace weir::detail::coordinator
