#include "worker/stage.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <ranges>
#include <utility>

namespace weir::detail::worker {
namespace {

// How long a source that is ahead of others waits until it looks at them again: at first, and at most.
constexpr std::chrono::microseconds kFirstLook{50};
constexpr std::chrono::microseconds kLaterLook{400};

}  // namespace

Stage::Stage(StageParts parts, EpochParts* parts_of_epochs)
    : state_{std::move(parts.state)},
      senders_{std::move(parts.senders)},
      sender_edges_{std::move(parts.sender_edges)},
      receivers_{std::move(parts.receivers)},
      inboxes_{std::move(parts.inboxes)},
      parts_{parts_of_epochs},
      time_{std::move(parts.time)},
      aligned_{std::move(parts.aligned)},
      time_senders_{std::move(parts.time_senders)} {
  for (runtime::StepCode& step : parts.steps) {
    if (step.source != nullptr) {
      source_ = step.source;
      state_->source = step.source;
    }
    if (step.sink != nullptr) {
      sinks_.push_back(step.sink);
    }
    if (step.errors != nullptr) {
      errors_.push_back({step.op->site().step, step.errors});
    }
    operators_.push_back(std::move(step.op));
  }
}

bool Stage::run(runtime::Steady now, const SystemTime& system) {
  state_->now = now;
  state_->system = system.elapsed;
  state_->wall = system.wall;
  if (finished_ || !work(now)) {
    return false;
  }
  for (const auto& sender : senders_) {
    sender->sort_out();
  }
  return true;
}

bool Stage::work(runtime::Steady now) {
  state_->gate.refill();
  for (const auto& op : operators_) {
    op->poll();
  }
  if (state_->gate.suspended()) {
    return resume();
  }
  if (time_.telling()) {
    return go_on_telling();
  }
  if (closing_) {
    return go_on_closing();
  }
  if (!state_->gate.full() && time_.stale(now)) {
    time_.begin();
    return go_on_telling();
  }
  if (source_ != nullptr) {
    return poll_source(now);
  }
  return state_->gate.feedable() && read_channels();
}

// The most downstream step resumes first: those before it can only resume when it has finished.
bool Stage::resume() {
  if (state_->gate.full()) {
    return false;
  }
  for (const auto& op : std::views::reverse(operators_)) {
    op->resume();
  }
  return true;
}

bool Stage::read_channels() {
  for (std::size_t tried = 0; tried < inboxes_.size(); ++tried) {
    Inbox& inbox = inboxes_[next_inbox_];
    next_inbox_ = next_inbox_ + 1 == inboxes_.size() ? 0 : next_inbox_ + 1;
    if (inbox.open() && read_channel(inbox)) {
      return true;
    }
  }
  return false;
}

bool Stage::read_channel(Inbox& inbox) {
  if (inbox.current == nullptr && !receive(inbox)) {
    return false;
  }
  if (inbox.current != nullptr && inbox.receiver->drain(*inbox.current, inbox.serialized, state_->gate)) {
    inbox.channel->give_back(std::move(inbox.current));
  }
  return true;
}

// Takes the next message; a mark is dealt with at once. False when there is none.
bool Stage::receive(Inbox& inbox) {
  const bool queued_here = inbox.lane != nullptr && inbox.lane->queued();
  if (!inbox.ready && !queued_here) {
    return false;
  }
  if (queued_here && inbox.channel->empty()) {
    inbox.own_outbox->pump();   // so that there is room
    inbox.own_outbox->flush();  // else it would wait until this worker is idle
  }
  exchange::Message message;
  if (!inbox.channel->try_receive(message)) {
    inbox.ready = false;
    if (queued_here && inbox.own_outbox->empty() && inbox.channel->empty()) {
      inbox.lane->set_queued(false);
    }
    return false;
  }
  inbox.current = std::move(message.buffer);
  if (inbox.current == nullptr) {
    reach(inbox, message.mark);
  }
  return true;
}

void Stage::reach(Inbox& inbox, runtime::Mark mark) {
  if (mark.kind == runtime::Mark::Kind::kWatermark) {
    time_.receive(*inbox.time_edge, inbox.time_channel, mark.watermark);
    return;
  }
  if (mark.kind == runtime::Mark::Kind::kLatency) {
    marks_.add(mark.stamped);
    return;
  }
  assert(mark.last() || mark.epoch == state_->epoch);
  inbox.held = true;
  inbox.ended = mark.last();
  if (inbox.lane != nullptr) {
    inbox.lane->set_held(true);
  }
  if (std::ranges::none_of(inboxes_, &Inbox::open)) {
    const bool all_ended = std::ranges::all_of(inboxes_, &Inbox::ended);
    begin_closing(all_ended ? mark : runtime::Mark{runtime::Mark::Kind::kBarrier, state_->epoch});
  }
}

bool Stage::poll_source(runtime::Steady now) {
  const bool holds_input = !orders_.empty() && orders_.front().stops && !source_->stop() && !held_;
  if (!orders_.empty() && !holds_input) {
    const runtime::Mark mark = orders_.front().mark;
    orders_.pop_front();
    begin_closing(mark);
    return true;
  }
  if (!holds_input && (held_ || waits_for_others(now))) {
    return false;
  }
  return state_->gate.feedable() && !source_->exhausted() && source_->due() <= now && source_->emit(now);
}

bool Stage::take_awaited_end() { return awaited_ && source_->exhausted() && std::exchange(awaited_, false); }

bool Stage::waits_for_others(runtime::Steady now) {
  if (ahead_ ? look_at_ <= now : has_read_on()) {
    look_wait_ = ahead_ ? std::clamp(2 * look_wait_, kFirstLook, kLaterLook) : kFirstLook;
    look_for_others();
  }
  return ahead_;
}

// Whether it has read on since it looked at the others. With many partitions it reads more in between, since a look
// asks each of them how far it has come.
bool Stage::has_read_on() const {
  return std::ranges::any_of(aligned_, [this](const AlignedClock& clock) {
    return clock.op->items() - clock.reader.items() >=
           std::max<std::uint64_t>(clock.reader.lead() / 4, source_->partition_count());
  });
}

// Others do not wait for a worker that waits for input, nor for one that has read a lead and has no event time yet.
void Stage::look_for_others() {
  if (aligned_.empty()) {
    return;
  }
  const bool reads = !held_ && !source_->exhausted() && source_->due() <= state_->now;
  bool ahead = false;
  bool last = false;
  for (AlignedClock& clock : aligned_) {
    const Watermark watermark = clock.clock->read_until();
    const bool begins = watermark.time != Time::min() || source_->items() < clock.reader.lead();
    clock.reader.reach(watermark.time, clock.op->items(), reads && begins && !watermark.idle);
    ahead = ahead || clock.reader.ahead();
    last = last || clock.reader.last();
  }
  ahead_ = ahead && !last;
  look_at_ = state_->now + look_wait_;
}

bool Stage::go_on_telling() {
  const bool waits = time_.tell(*state_) == runtime::Operator::Closing::kWait;
  if (!time_.telling()) {
    look_for_others();
  }
  return !waits;
}

// Sent after everything that the steps have pushed so far, and only if they have pushed all that comes before the
// watermark.
void Stage::send_watermarks() {
  if (time_.telling() || state_->gate.suspended()) {
    return;
  }
  for (TimeSender& each : time_senders_) {
    const Watermark watermark = time_.output_of(each.step);
    if (watermark != each.sent) {
      each.sent = watermark;
      each.sender->send({runtime::Mark::Kind::kWatermark, state_->epoch, watermark});
    }
  }
}

// First tells all steps how far event time has come in the epoch, so that this is the same on every worker at its end.
void Stage::begin_closing(runtime::Mark mark) {
  closing_ = mark;
  closing_operator_ = 0;
  if (!time_.empty()) {
    time_.begin();
    go_on_telling();
    return;
  }
  go_on_closing();
}

bool Stage::go_on_closing() {
  while (closing_operator_ < operators_.size()) {
    const runtime::Operator::Closing answer = operators_[closing_operator_]->close(*closing_);
    if (answer != runtime::Operator::Closing::kDone) {
      return answer == runtime::Operator::Closing::kMore;
    }
    if (parts_ != nullptr) {
      take_snapshot(*operators_[closing_operator_]);
    }
    ++closing_operator_;
    if (state_->gate.suspended()) {
      return true;  // the next step must handle what this one emitted before it closes
    }
  }
  for (const auto& sender : senders_) {
    if (const runtime::Closing answer = sender->close(); answer != runtime::Closing::kDone) {
      return answer == runtime::Closing::kMore;
    }
  }
  finish_closing();
  return true;
}

// Changes of state at the end of the input are not kept, so that a run with more input resumes from the epoch before.
void Stage::take_snapshot(runtime::Operator& op) {
  snapshot::EpochPart& part = parts_->of(closing_->epoch);
  part.closing = closing_->kind == runtime::Mark::Kind::kEnd;
  if (!part.closing) {
    op.snapshot(part);
  }
}

void Stage::finish_closing() {
  send_watermarks();
  const runtime::Mark mark = *std::exchange(closing_, std::nullopt);
  for (const auto& sender : senders_) {
    sender->send(mark);
  }
  for (Inbox& inbox : inboxes_) {
    inbox.held = inbox.ended;
    if (inbox.lane != nullptr) {
      inbox.lane->set_held(inbox.held);
    }
  }
  finished_ = mark.last();
  state_->epoch = Epoch{mark.epoch.value + 1};
}

runtime::Steady Stage::due() const {
  if (finished_ || closing_ || !state_->gate.feedable()) {
    return runtime::Steady::max();
  }
  if (source_ == nullptr || held_ || source_->exhausted()) {
    return time_.due();
  }
  return std::min(time_.due(), ahead_ ? look_at_ : source_->due());
}

bool Stage::pump() {
  bool moved = false;
  for (const auto& sender : senders_) {
    for (exchange::Outbox& outbox : sender->outboxes()) {
      moved |= outbox.full() && outbox.pump();
    }
  }
  return moved;
}

bool Stage::flush(runtime::Steady now) {
  for (const auto& op : operators_) {
    op->idle();
  }
  bool any = false;
  if (source_ != nullptr && !time_.empty() && !finished_ && !closing_ && !time_.telling() && state_->gate.feedable()) {
    time_.begin();
    any = go_on_telling() && time_.telling();
  }
  any |= state_->gate.suspended() && !state_->gate.full();  // suspended by what was emitted; `run` resumes it
  if (!finished_ && !closing_) {
    send_watermarks();
  }
  any |= pass_marks(now);
  for (const auto& sender : senders_) {
    any |= sender->flush();
  }
  return any;
}

void Stage::stamp(runtime::Steady now) {
  if (const std::uint64_t items = source_->items(); items != stamped_items_) {
    stamped_items_ = items;
    marks_.add(now);
  }
}

// While the stage waits, its marks wait as items would. Says whether there were any that can pass now or at the next
// flush.
bool Stage::pass_marks(runtime::Steady now) {
  if (finished_) {
    marks_.drop();
  }
  if (marks_.empty() || closing_ || time_.telling() || state_->gate.suspended() || state_->gate.full()) {
    return false;
  }
  marks_.pass(senders_, sinks_, {.kind = runtime::Mark::Kind::kLatency, .epoch = state_->epoch}, now);
  return true;
}

bool Stage::room_has_come() const {
  return std::ranges::any_of(senders_, [](const auto& sender) {
    return std::ranges::any_of(sender->outboxes(),
                               [](const exchange::Outbox& outbox) { return outbox.full() && outbox.can_move(); });
  });
}

bool Stage::drained() const noexcept {
  return finished_ && std::ranges::all_of(senders_, [](const auto& sender) {
           return std::ranges::all_of(sender->outboxes(), &exchange::Outbox::empty);
         });
}

}  // namespace weir::detail::worker
