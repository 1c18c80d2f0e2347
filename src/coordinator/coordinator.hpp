#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

#include "weir/worker_context.hpp"
#include "worker/control.hpp"
#include "worker/worker.hpp"

namespace weir::coordinator {

/// What the coordinator decides, as a state machine fed with events: which epochs close, when the input has ended, when
/// everything stops. It knows no thread, clock or signal; whoever runs it turns those into events.
class Coordinator {
 public:
  Coordinator(WorkerCount workers, worker::Control& control);

  /// It is time for the next epoch. Ignored while the last one has not passed all workers.
  void on_epoch_timer();

  void on_event(const worker::WorkerEvent& event);

  /// A worker failed; all others stop at their next step. Only the first failure counts.
  void on_failure(std::exception_ptr error);

  /// The run is to stop behind the epoch that is open now.
  void on_stop_request();

  /// Everything stops at its next step.
  void on_abort();

  /// Orders that workers sleep through until they are woken were given since this was last asked.
  [[nodiscard]] bool take_wake() noexcept { return std::exchange(wake_, false); }

  /// The epoch that is to be closed, or was last.
  [[nodiscard]] Epoch ordered() const noexcept { return order_.epoch; }

  /// Whether that epoch has passed all workers.
  [[nodiscard]] bool passed() const noexcept;

  /// Whether the input of all workers has ended.
  [[nodiscard]] bool input_ended() const noexcept { return order_.then == worker::Then::kEnd; }

  [[nodiscard]] bool finished() const noexcept { return finished_ == workers_.value; }
  [[nodiscard]] bool stopped() const noexcept { return order_.then == worker::Then::kStop; }
  [[nodiscard]] bool aborted() const noexcept { return control_->aborted(); }
  [[nodiscard]] std::exception_ptr error() const noexcept { return error_; }

 private:
  void close_epoch(worker::Then then);

  WorkerCount workers_;
  worker::Control* control_;
  worker::Order order_;
  std::vector<Epoch> passed_;
  std::uint32_t exhausted_ = 0;
  std::uint32_t finished_ = 0;
  std::exception_ptr error_;
  bool wake_ = false;
};

}  // namespace weir::coordinator
