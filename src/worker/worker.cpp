#include "worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>

namespace weir::worker {
namespace {

// How long an item may wait in a buffer that is not full while the worker has other work.
constexpr std::chrono::microseconds kFlushInterval{400};

}  // namespace

Worker::Worker(WorkerContext context, const Control& control, exchange::Activator& activator,
               std::vector<exchange::ReadyWord<>*> ready)
    : context_{context}, control_{&control}, activator_{&activator}, ready_{std::move(ready)} {}

StepResult Worker::step(Steady now) {
  if (done_ || control_->aborted()) {
    return StepResult::kDone;
  }
  activity_.note(detail::Activity::kRuntime);
  follow_orders();
  note_ready();
  bool progress = false;
  for (const auto& stage : stages_) {
    progress |= stage->waits_for_room() && stage->pump();
  }
  progress |= run_stages(now);
  if (!progress || now - last_flush_ >= kFlushInterval) {
    progress |= flush(now);
  }
  report();
  if (done_) {
    return StepResult::kDone;
  }
  return progress ? StepResult::kProgress : StepResult::kIdle;
}

void Worker::follow_orders() {
  const Order order = control_->order();
  while (ordered_ < order.epoch) {
    ++ordered_.value;
    const bool stops = ordered_ == order.epoch && order.then == Then::kStop;
    const bool ends = ordered_ == order.epoch && order.then == Then::kEnd;
    ordered_last_ = stops || ends;
    for (const auto& stage : stages_) {
      if (stage->source() == nullptr) {
        continue;
      }
      using Kind = detail::Mark::Kind;
      stage->order({stops ? Kind::kStop : Kind::kBarrier, ordered_});
      if (ends) {
        stage->order({Kind::kEnd, Epoch{ordered_.value + 1}});
      }
    }
  }
}

void Worker::note_ready() {
  for (std::size_t from = 0; from < ready_.size(); ++from) {
    const std::uint64_t bits = ready_[from]->take();
    if (bits == 0) {
      continue;
    }
    for (Inbox* const inbox : inboxes_from(from)) {
      inbox->ready |= (bits >> inbox->channel->ends().ready_bit & 1) != 0;
    }
  }
  if (news_.load(std::memory_order_relaxed) && news_.exchange(false, std::memory_order_acquire)) {  // pairs with wake
    for (const auto& stage : stages_) {
      if (stage->source() != nullptr) {
        stage->source()->make_due();
      }
    }
  }
}

// Sorted out at the first call, when the assembly has put all inboxes in their places.
const std::vector<Inbox*>& Worker::inboxes_from(std::size_t from) {
  if (inboxes_by_sender_.empty()) {
    inboxes_by_sender_.resize(ready_.size());
    for (const auto& stage : stages_) {
      for (Inbox& inbox : stage->inboxes()) {
        inboxes_by_sender_[inbox.channel->ends().from].push_back(&inbox);
      }
    }
  }
  return inboxes_by_sender_[from];
}

// The most downstream stage that has work runs first, so that what is under way leaves before more comes in.
bool Worker::run_stages(Steady now) {
  return std::ranges::any_of(std::views::reverse(stages_), [now](const auto& stage) { return stage->run(now); });
}

bool Worker::flush(Steady now) {
  last_flush_ = now;
  bool any = false;
  for (const auto& stage : stages_) {
    any |= stage->flush();
  }
  return any;
}

void Worker::report() {
  const auto at_end = [](const auto& stage) { return stage->source() == nullptr || stage->source()->exhausted(); };
  if (!exhausted_ && std::ranges::all_of(stages_, at_end)) {
    exhausted_ = true;
    events_.push_back({context_.index, WorkerEvent::Kind::kExhausted, {}});
  }
  const auto epoch_of = [](const auto& stage) { return stage->epoch(); };
  if (const Epoch open = stages_.empty() ? Epoch{1} : std::ranges::min(stages_ | std::views::transform(epoch_of));
      passed_.value + 1 < open.value) {
    passed_ = Epoch{open.value - 1};
    events_.push_back({context_.index, WorkerEvent::Kind::kPassed, passed_});
  }
  if (ordered_last_ && std::ranges::all_of(stages_, [](const auto& stage) { return stage->drained(); })) {
    done_ = true;
    events_.push_back({context_.index, WorkerEvent::Kind::kDone, {}});
  }
}

Steady Worker::deadline() const {
  Steady deadline = Steady::max();
  for (const auto& stage : stages_) {
    deadline = std::min(deadline, stage->due());
  }
  return deadline;
}

bool Worker::wants_room() const {
  return std::ranges::any_of(stages_, [](const auto& stage) { return stage->waits_for_room(); });
}

bool Worker::has_work() const {
  return control_->aborted() || control_->order().epoch > ordered_ || news_.load(std::memory_order_acquire) ||
         std::ranges::any_of(ready_, [](const auto* word) { return word->peek(); }) ||
         std::ranges::any_of(stages_, [](const auto& stage) { return stage->room_has_come(); });
}

void Worker::wake() {
  news_.store(true, std::memory_order_release);  // pairs with the exchange in note_ready
  activator_->wake(context_.index);
}

}  // namespace weir::worker
