#include "worker/worker.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>

namespace weir::detail::worker {
namespace {

// How long an item may wait in a buffer that is not full while the worker has other work.
constexpr std::chrono::microseconds kFlushInterval{400};

// Between marks that measure latencies, while someone watches.
constexpr std::chrono::milliseconds kStampInterval{100};

}  // namespace

Worker::Worker(WorkerContext context, const Control& control, exchange::Activator& activator,
               std::vector<exchange::ReadyWord<>*> ready, const EpochSettings& epochs)
    : context_{context},
      control_{&control},
      activator_{&activator},
      ready_{std::move(ready)},
      settings_{epochs},
      parts_{epochs.last},
      ordered_{epochs.last},
      passed_{epochs.last},
      committed_{epochs.last},
      filled_{epochs.last} {}

std::unique_ptr<runtime::StageState> Worker::make_stage_state() const {
  auto state = std::make_unique<runtime::StageState>();
  state->epoch = Epoch{settings_.last.value + 1};
  state->gate.abort_by(control_->abort_flag());
  return state;
}

void Worker::add_stage(StageParts parts) {
  stages_.push_back(std::make_unique<Stage>(std::move(parts), settings_.snapshots ? &parts_ : nullptr));
}

StepResult Worker::step(runtime::Steady now) {
  if (done_ || control_->aborted()) {
    return StepResult::kDone;
  }
  activity_.note(runtime::Activity::kRuntime);
  follow_orders();
  if (holds_inputs_) {
    release_inputs();
  }
  commit_decided();
  note_ready();
  bool progress = false;
  for (const auto& stage : stages_) {
    progress |= stage->waits_for_room() && stage->pump();
  }
  progress |= run_stages(now);
  if (!progress || now - last_flush_ >= kFlushInterval) {
    progress |= flush(now);
  }
  if (answered_ != control_->questions()) {
    answer(now);
    stamp(now);
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
    last_ = ordered_ == order.epoch ? order.then : Then::kContinue;
    items_passed_ = items_read();
    for (const auto& stage : stages_) {
      if (stage->source() == nullptr) {
        continue;
      }
      using Kind = runtime::Mark::Kind;
      stage->order({last_ == Then::kStop ? Kind::kStop : Kind::kBarrier, ordered_}, stops(last_));
      if (last_ == Then::kEnd) {
        stage->order({Kind::kEnd, Epoch{ordered_.value + 1}});
      }
    }
  }
}

void Worker::release_inputs() {
  holds_inputs_ = false;
  for (const auto& stage : stages_) {
    if (stage->held() && control_->released(stage->source()->site().step)) {
      stage->release();
    }
    holds_inputs_ = holds_inputs_ || stage->held();
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

// Sorted at the first call, when the assembly has added all inboxes.
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

// The most downstream stage that has work runs first, so that what is under way leaves before more comes in. Sources
// take turns: a join of two of them would keep all of the one that is read first.
bool Worker::run_stages(runtime::Steady now) {
  const SystemTime system = control_->system_time(now);
  const auto has_run = [&](const auto& stage) { return stage->source() == nullptr && stage->run(now, system); };
  if (std::ranges::any_of(std::views::reverse(stages_), has_run)) {
    return true;
  }
  for (std::size_t tried = 0; tried < stages_.size(); ++tried) {
    Stage& stage = *stages_[next_source_];
    next_source_ = next_source_ + 1 < stages_.size() ? next_source_ + 1 : 0;
    if (stage.source() != nullptr && stage.run(now, system)) {
      return true;
    }
  }
  return false;
}

bool Worker::flush(runtime::Steady now) {
  last_flush_ = now;
  if (answered_ != 0 && now - last_stamp_ >= kStampInterval) {
    stamp(now);
  }
  bool any = false;
  for (const auto& stage : stages_) {
    any |= stage->flush(now);
  }
  return any;
}

// Sinks make decided epochs visible; sources may let go of what they read for them.
void Worker::commit_decided() {
  for (const Epoch decided = settings_.snapshots ? control_->committed() : committed_; committed_ < decided;) {
    ++committed_.value;
    for (const auto& stage : stages_) {
      for (runtime::SinkOperator* const sink : stage->sinks()) {
        sink->commit();
      }
      if (stage->source() != nullptr) {
        stage->source()->decided(committed_);
      }
    }
  }
}

void Worker::report() {
  const auto at_end = [](const auto& stage) { return stage->source() == nullptr || stage->source()->exhausted(); };
  if (!exhausted_ && std::ranges::all_of(stages_, at_end)) {
    exhausted_ = true;
    events_.push_back({.worker = context_.index,
                       .kind = WorkerEvent::Kind::kExhausted,
                       .epoch = {},
                       .part = {},
                       .items_read = items_read()});
  }
  report_tables();
  if (settings_.share_items != 0) {
    report_filled();
  }
  report_passed();
  if (last_ != Then::kContinue) {
    report_done();
  }
}

void Worker::answer(runtime::Steady now) {
  answered_ = control_->questions();
  events_.push_back({.worker = context_.index,
                     .kind = WorkerEvent::Kind::kStatus,
                     .epoch = passed_,
                     .part = {},
                     .status = std::make_unique<WorkerStatus>(status(now))});
}

void Worker::stamp(runtime::Steady now) {
  last_stamp_ = now;
  for (const auto& stage : stages_) {
    if (stage->source() != nullptr) {
      stage->stamp(now);
    }
  }
}

void Worker::report_tables() {
  for (const auto& stage : stages_) {
    if (stage->take_awaited_end()) {
      events_.push_back({.worker = context_.index,
                         .kind = WorkerEvent::Kind::kReadTable,
                         .epoch = stage->epoch(),
                         .part = {},
                         .step = stage->source()->site().step});
    }
  }
}

void Worker::report_filled() {
  if (filled_ <= ordered_ && items_read() - items_passed_ >= settings_.share_items) {
    filled_ = Epoch{ordered_.value + 1};
    events_.push_back({.worker = context_.index, .kind = WorkerEvent::Kind::kFilled, .epoch = filled_, .part = {}});
  }
}

void Worker::report_passed() {
  const auto epoch_of = [](const auto& stage) { return stage->epoch(); };
  const Epoch open = stages_.empty() ? Epoch{1} : std::ranges::min(stages_ | std::views::transform(epoch_of));
  while (passed_.value + 1 < open.value) {
    snapshot::EpochPart part;
    if (settings_.snapshots) {
      if (!prepared(parts_.of(Epoch{passed_.value + 1}))) {
        return;
      }
      part = parts_.take();
      part.worker = context_.index;
    }
    ++passed_.value;
    events_.push_back(
        {.worker = context_.index, .kind = WorkerEvent::Kind::kPassed, .epoch = passed_, .part = std::move(part)});
  }
}

// Whether the output of the epoch is durable in all sinks.
bool Worker::prepared(snapshot::EpochPart& part) {
  std::size_t index = 0;
  for (const auto& stage : stages_) {
    for (runtime::SinkOperator* const sink : stage->sinks()) {
      if (index++ < prepared_sinks_) {
        continue;
      }
      if (!sink->prepared(part)) {
        return false;
      }
      ++prepared_sinks_;
    }
  }
  prepared_sinks_ = 0;
  return true;
}

void Worker::report_done() {
  const auto settled = [](const auto& stage) {
    return std::ranges::all_of(stage->sinks(), [](auto* sink) { return sink->settled(); });
  };
  if (std::ranges::all_of(stages_, [](const auto& stage) { return stage->drained(); }) &&
      (!settings_.snapshots || (committed_ == last_epoch() && std::ranges::all_of(stages_, settled)))) {
    done_ = true;
    events_.push_back({.worker = context_.index, .kind = WorkerEvent::Kind::kDone, .epoch = {}, .part = {}});
  }
}

// The results of the end of the input are an epoch of their own.
Epoch Worker::last_epoch() const noexcept { return Epoch{ordered_.value + (last_ == Then::kEnd ? 1 : 0)}; }

std::uint64_t Worker::items_read() const {
  std::uint64_t items = 0;
  for (const auto& stage : stages_) {
    items += stage->source() != nullptr ? stage->source()->items() : 0;
  }
  return items;
}

runtime::Steady Worker::deadline() const {
  runtime::Steady deadline = runtime::Steady::max();
  for (const auto& stage : stages_) {
    deadline = std::min(deadline, stage->due());
  }
  return deadline;
}

bool Worker::wants_room() const {
  return std::ranges::any_of(stages_, [](const auto& stage) { return stage->waits_for_room(); });
}

bool Worker::has_work() const {
  return control_->aborted() || control_->order().epoch > ordered_ || control_->questions() != answered_ ||
         (settings_.snapshots && control_->committed() > committed_) || news_.load(std::memory_order_acquire) ||
         std::ranges::any_of(ready_, [](const auto* word) { return word->peek(); }) ||
         (holds_inputs_ && std::ranges::any_of(stages_,
                                               [this](const auto& stage) {
                                                 return stage->held() &&
                                                        control_->released(stage->source()->site().step);
                                               })) ||
         std::ranges::any_of(stages_, [](const auto& stage) { return stage->room_has_come(); });
}

void Worker::wake() {
  news_.store(true, std::memory_order_release);  // pairs with the exchange in note_ready
  activator_->wake(context_.index);
}

}  // namespace weir::detail::worker
