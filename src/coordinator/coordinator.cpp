#include "coordinator/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace weir::coordinator {

using worker::Then;
using worker::WorkerEvent;

Coordinator::Coordinator(WorkerCount workers, worker::Control& control)
    : workers_{workers}, control_{&control}, passed_(workers.value, Epoch{0}) {}

void Coordinator::on_epoch_timer() {
  if (passed()) {
    close_epoch(Then::kContinue);
  }
}

void Coordinator::on_event(const WorkerEvent& event) {
  switch (event.kind) {
    case WorkerEvent::Kind::kExhausted:
      if (++exhausted_ == workers_.value) {
        close_epoch(Then::kEnd);
      }
      break;
    case WorkerEvent::Kind::kPassed:
      passed_[event.worker] = event.epoch;
      break;
    case WorkerEvent::Kind::kDone:
      ++finished_;
      break;
  }
}

void Coordinator::on_failure(std::exception_ptr error) {
  if (error_ == nullptr && !aborted()) {
    error_ = std::move(error);
  }
  on_abort();
}

bool Coordinator::passed() const noexcept {
  return std::ranges::all_of(passed_, [this](Epoch passed) { return passed >= order_.epoch; });
}

void Coordinator::on_stop_request() { close_epoch(Then::kStop); }

void Coordinator::on_abort() {
  control_->abort();
  wake_ = true;
}

void Coordinator::close_epoch(Then then) {
  if (order_.then != Then::kContinue) {
    return;  // the last epoch is being closed already
  }
  order_ = {Epoch{order_.epoch.value + 1}, then};
  control_->publish(order_);
  wake_ = true;
}

}  // namespace weir::coordinator
