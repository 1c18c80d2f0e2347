#include "coordinator/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace weir::detail::coordinator {

using worker::Then;
using worker::WorkerEvent;

Coordinator::Coordinator(WorkerCount workers, worker::Control& control, const SnapshotPlan& snapshots, ReadOrder order)
    : workers_{workers},
      control_{&control},
      snapshots_{snapshots},
      order_{snapshots.last, Then::kContinue},
      passed_(workers.value, snapshots.last),
      read_order_{std::move(order)},
      committed_{snapshots.last} {
  control.publish(order_);
  control.publish_committed(committed_);
  control.hold_steps(read_order_.steps());
}

void Coordinator::on_epoch_timer() {
  const bool store_lags = snapshots_.kept && order_.epoch.value - committed_.value >= kMaxUncommitted;
  if (passed() && !store_lags) {
    close_epoch(Then::kContinue);
  }
}

void Coordinator::on_event(WorkerEvent&& event) {
  switch (event.kind) {
    case WorkerEvent::Kind::kExhausted:
      on_exhausted(event.items_read);
      break;
    case WorkerEvent::Kind::kReadTable:
      read_order_.note_end(event.step, event.epoch);
      release_inputs();
      break;
    case WorkerEvent::Kind::kPassed:
      on_passed(std::move(event));
      end_what_was_read();
      release_inputs();
      close_if_filled();
      break;
    case WorkerEvent::Kind::kFilled:
      filled_ = filled_ || event.epoch > order_.epoch;
      close_if_filled();
      break;
    case WorkerEvent::Kind::kDone:
      ++finished_;
      break;
    case WorkerEvent::Kind::kStatus:
      break;  // decides nothing
  }
}

// A run that resumes after the end of the input and reads nothing new emits nothing: an earlier run emitted the results
// of the end.
void Coordinator::on_exhausted(std::uint64_t items_read) {
  items_read_ += items_read;
  if (++exhausted_ == workers_.value) {
    nothing_new_ = order_.then == Then::kContinue && snapshots_.last_closed && items_read_ == 0;
    close_epoch(nothing_new_ ? Then::kStop : Then::kEnd);
  }
}

void Coordinator::on_passed(WorkerEvent&& event) {
  passed_[event.worker] = event.epoch;
  if (!snapshots_.kept) {
    return;
  }
  const auto same_epoch = std::ranges::find(parts_, event.epoch, &recovery::EpochCommit::epoch);
  recovery::EpochCommit& commit = same_epoch != parts_.end() ? *same_epoch : parts_.emplace_back();
  commit.epoch = event.epoch;
  commit.closing = commit.closing || event.part.closing;
  commit.parts.push_back(std::move(event.part));
}

std::optional<recovery::EpochCommit> Coordinator::take_commit() {
  if (parts_.empty() || parts_.front().parts.size() != workers_.value) {
    return std::nullopt;
  }
  recovery::EpochCommit commit = std::move(parts_.front());
  parts_.pop_front();
  const auto is_quiet = [](const snapshot::EpochPart& part) { return part.items_read == 0; };
  snapshots_.last_closed = commit.closing || (snapshots_.last_closed && std::ranges::all_of(commit.parts, is_quiet));
  commit.closing = snapshots_.last_closed;
  return commit;
}

void Coordinator::on_committed(Epoch epoch) {
  committed_ = epoch;
  control_->publish_committed(epoch);
  wake_ = true;
  close_if_filled();
}

// The rows of a table have come to all workers when the epoch in which the last one was read has passed.
void Coordinator::release_inputs() {
  if (read_order_.all_released()) {
    return;
  }
  const Epoch passed = *std::ranges::min_element(passed_);
  for (const runtime::StepNumber step : read_order_.take_released(workers_, passed)) {
    control_->release(step);
    wake_ = true;
  }
  tables_read_ = read_order_.last_epoch(workers_) > order_.epoch;
  close_if_filled();
  stop_if_asked();
}

void Coordinator::close_if_filled() {
  if (filled_ || tables_read_) {
    on_epoch_timer();
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

void Coordinator::on_stop_request() {
  stop_asked_ = true;
  stop_if_asked();
}

void Coordinator::on_restart_request() {
  restart_asked_ = snapshots_.kept;
  stop_if_asked();
}

// A held input may have taken items. They are emitted before the end and need the rows of their table, so a stop
// waits. A stop is more than a restart.
void Coordinator::stop_if_asked() {
  if (!(stop_asked_ || restart_asked_) || read_order_.holds_taken() || order_.then != Then::kContinue) {
    return;
  }
  restarts_ = !stop_asked_;
  stops_reading_ = stop_asked_ && ends_on_stop_;
  close_epoch(stops_reading_ ? Then::kStopReading : Then::kStop);
}

// As after the end of the input: if nothing new was read, an earlier run emitted the results of the end.
void Coordinator::end_what_was_read() {
  if (order_.then != Then::kStopReading || !passed()) {
    return;
  }
  const auto is_quiet = [](const recovery::EpochCommit& commit) {
    return std::ranges::all_of(commit.parts, [](const snapshot::EpochPart& part) { return part.items_read == 0; });
  };
  const bool was_ended = snapshots_.last_closed && std::ranges::all_of(parts_, is_quiet);
  order_.then = Then::kContinue;
  close_epoch(was_ended ? Then::kStop : Then::kEnd);
}

void Coordinator::on_abort() {
  control_->abort();
  wake_ = true;
}

void Coordinator::close_epoch(Then then) {
  if (order_.then != Then::kContinue) {
    return;  // the last epoch is being closed already
  }
  order_ = {Epoch{order_.epoch.value + 1}, then};
  filled_ = false;
  tables_read_ = false;
  control_->publish(order_);
  wake_ = true;
}

}  // namespace weir::detail::coordinator
