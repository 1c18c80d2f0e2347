#include "coordinator/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace weir::coordinator {

using worker::Then;
using worker::WorkerEvent;

Coordinator::Coordinator(WorkerCount workers, worker::Control& control, const SnapshotPlan& snapshots)
    : workers_{workers},
      control_{&control},
      snapshots_{snapshots},
      order_{snapshots.last, Then::kContinue},
      passed_(workers.value, snapshots.last),
      committed_{snapshots.last} {
  control.publish(order_);
  control.publish_committed(committed_);
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
    case WorkerEvent::Kind::kPassed:
      on_passed(std::move(event));
      close_if_filled();
      break;
    case WorkerEvent::Kind::kFilled:
      filled_ = filled_ || event.epoch > order_.epoch;
      close_if_filled();
      break;
    case WorkerEvent::Kind::kDone:
      ++finished_;
      break;
  }
}

// A run that goes on behind the end of the input and finds nothing new has nothing to do: what the end makes was made.
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
  const auto is_quiet = [](const detail::EpochPart& part) { return part.items_read == 0; };
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

void Coordinator::close_if_filled() {
  if (filled_) {
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
  filled_ = false;
  control_->publish(order_);
  wake_ = true;
}

}  // namespace weir::coordinator
