#include "simulation/driver.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "weir/errors.hpp"

namespace weir::simulation {

using detail::worker::StepResult;
using detail::worker::WorkerEvent;
using std::chrono::steady_clock;

namespace {

const std::vector<std::string> kNothingDropped;

std::optional<detail::recovery::Resume> resume_from(detail::recovery::SnapshotStore* store,
                                                    const detail::graph::Graph& graph, WorkerCount workers) {
  return store != nullptr
             ? std::optional<detail::recovery::Resume>{std::in_place, *store, graph, workers, kNothingDropped}
             : std::nullopt;
}

detail::worker::EpochSettings epochs_of(const std::optional<detail::recovery::Resume>& resume, const RunShape& shape) {
  return {
      .snapshots = resume.has_value(), .last = resume ? resume->epoch() : Epoch{0}, .share_items = shape.epoch_items};
}

detail::coordinator::SnapshotPlan plan_of(const std::optional<detail::recovery::Resume>& resume) {
  return resume ? detail::coordinator::SnapshotPlan{true, resume->epoch(), resume->closed()}
                : detail::coordinator::SnapshotPlan{};
}

}  // namespace

Driver::Driver(const detail::graph::Graph& graph, Rng& rng, const RunShape& shape, Faults faults)
    : rng_{&rng},
      faults_{std::move(faults)},
      plan_{graph},
      store_{shape.store},
      resume_{resume_from(shape.store, graph, shape.workers)},
      scheduler_{rng, shape.workers.value, faults.lies_percent},
      assembly_{plan_,
                {.workers = shape.workers,
                 .exchange = shape.exchange,
                 .channels = shape.channels,
                 .lead = shape.lead,
                 .tables = shape.tables,
                 .epochs = epochs_of(resume_, shape),
                 .resume = resume_ ? &*resume_ : nullptr,
                 .control = control_,
                 .activator = scheduler_,
                 .io = io_,
                 .faults = &scheduler_}},
      coordinator_{shape.workers, control_, plan_of(resume_), assembly_.read_order()},
      done_(shape.workers.value, false),
      starved_(shape.workers.value, 0),
      passed_(shape.workers.value, 0) {
  control_.begin_system_time(system_offset_);
  if (faults.emit_on_stop) {
    coordinator_.end_on_stop();
  }
  if (resume_) {
    resume_->load([this](detail::runtime::StepNumber step, const detail::snapshot::StateRecord& record) {
      assembly_.restore(step, record);
    });
  }
}

Driver::End Driver::run() {
  constexpr std::uint64_t kMaxTurns = 3'000'000;
  for (std::uint64_t turn = 1; turn <= kMaxTurns; ++turn) {
    if (all_done() && events_.empty()) {
      return coordinator_.error() != nullptr ? End::kFailed : coordinator_.stopped() ? End::kStopped : End::kDone;
    }
    if (turn == faults_.crash_after_turns) {
      return End::kCrashed;
    }
    if (turn == faults_.stop_after_turns) {
      coordinator_.on_stop_request();
      wake_all_if_ordered();
    }
    if (turn == faults_.restart_after_turns) {
      coordinator_.on_restart_request();
      wake_all_if_ordered();
    }
    if (rng_->percent(10)) {
      coordinator_turn();
      store_turn();
    }
    std::vector<std::size_t> runnable_workers;
    for (std::size_t w = 0; w < done_.size(); ++w) {
      if (runnable(w)) {
        runnable_workers.push_back(w);
      }
    }
    if (!runnable_workers.empty()) {
      step(runnable_workers[rng_->below(runnable_workers.size())]);
    } else if (std::ranges::any_of(starved_, [](std::uint64_t left) { return left > 0; })) {
      std::ranges::fill(starved_, 0);
    } else if (!events_.empty() || !commits_.empty() || !acknowledged_.empty()) {
      coordinator_turn();
      store_turn();
    } else if (!all_done() && faults_.while_all_wait && faults_.while_all_wait()) {
      continue;
    } else if (!all_done() && !advance_clock() &&
               std::max(faults_.stop_after_turns, faults_.restart_after_turns) <= turn) {
      return End::kDeadlock;
    }
  }
  return End::kEndless;
}

std::size_t Driver::keys_held() const {
  std::size_t keys = 0;
  for (const auto& worker : assembly_.workers()) {
    for (const auto& stage : worker->stages()) {
      for (const auto& op : stage->operators()) {
        keys += op->counts().keys_held;
      }
    }
  }
  return keys;
}

bool Driver::all_done() const { return std::ranges::all_of(done_, std::identity{}); }

bool Driver::runnable(std::size_t index) const {
  return !done_[index] && starved_[index] == 0 &&
         (scheduler_.awake[index] || assembly_.workers()[index]->deadline() <= now_);
}

// Like the loop of a worker's thread, with the announcement and the last look before it sleeps.
void Driver::step(std::size_t index) {
  detail::worker::Worker& worker = *assembly_.workers()[index];
  if (rng_->percent(faults_.starved_percent)) {
    starved_[index] = rng_->between(1, 200);
    return;
  }
  for (std::uint64_t& left : starved_) {
    left -= left > 0 ? 1 : 0;
  }
  tick();
  const auto around = [this](bool begins) {
    if (faults_.around_steps != nullptr) {
      faults_.around_steps(begins);
    }
  };
  try {
    around(true);
    const StepResult result = worker.step(now_);
    around(false);
    trace_ = trace_ * 31 + index * 4 + static_cast<std::uint64_t>(result);
    take_events(worker);
    look_at_channels(worker);
    done_[index] = result == StepResult::kDone;
    scheduler_.wants_room[index] = worker.wants_room();
    scheduler_.awake[index] = result == StepResult::kProgress || worker.has_work();
  } catch (...) {
    around(false);
    done_[index] = true;
    coordinator_.on_failure(std::current_exception());
    wake_all_if_ordered();
  }
}

void Driver::tick() {
  now_ += std::chrono::microseconds{rng_->below(50)};
  if (faults_.hour_passes_permille > 0 && rng_->below(1'000) < faults_.hour_passes_permille) {
    now_ += std::chrono::hours{1};
  }
  if (faults_.clock_set_permille > 0 && rng_->below(1'000) < faults_.clock_set_permille) {
    system_offset_ += std::chrono::seconds{rng_->below(7'201)} - std::chrono::hours{1};
    control_.publish_system_offset(system_offset_);
  }
}

void Driver::take_events(detail::worker::Worker& worker) {
  for (WorkerEvent& event : worker.take_events()) {
    events_.push_back(std::move(event));
  }
}

void Driver::look_at_channels(const detail::worker::Worker& worker) {
  for (const auto& stage : worker.stages()) {
    for (const auto& sender : stage->senders()) {
      for (const detail::exchange::Outbox& outbox : sender->outboxes()) {
        most_held_ = std::max(most_held_, outbox.held_bytes());
      }
    }
  }
}

// Events of one worker stay in order; those of different workers may overtake each other.
void Driver::coordinator_turn() {
  if (!events_.empty() && rng_->percent(70)) {
    const WorkerIndex worker = events_[rng_->below(events_.size())].worker;
    const auto oldest = std::ranges::find(events_, worker.value, [](const WorkerEvent& e) { return e.worker.value; });
    WorkerEvent event = std::move(*oldest);
    events_.erase(oldest);
    if (event.kind == WorkerEvent::Kind::kPassed) {
      in_order_ = in_order_ && event.epoch.value > passed_[worker];
      passed_[worker] = event.epoch.value;
      epochs_ = std::max(epochs_, event.epoch.value);
    }
    coordinator_.on_event(std::move(event));
    while (auto commit = coordinator_.take_commit()) {
      commits_.push_back(std::move(*commit));
    }
    most_waiting_ = std::max(most_waiting_, commits_.size() + acknowledged_.size());
  }
  if (rng_->percent(faults_.epoch_percent)) {
    coordinator_.on_epoch_timer();
  }
  if (rng_->percent(faults_.ask_percent)) {
    control_.ask();
    scheduler_.awake.assign(scheduler_.awake.size(), true);
  }
  wake_all_if_ordered();
}

// The thread that writes, and its word on its way back.
void Driver::store_turn() {
  if (!commits_.empty() && rng_->percent(50)) {
    const detail::recovery::EpochCommit commit = std::move(commits_.front());
    commits_.pop_front();
    try {
      store_->commit(commit);
      acknowledged_.push_back(commit.epoch);
    } catch (const RecoveryError&) {
      commits_.clear();
      coordinator_.on_failure(std::current_exception());
    }
  }
  if (!acknowledged_.empty() && rng_->percent(50)) {
    coordinator_.on_committed(acknowledged_.front());
    acknowledged_.pop_front();
  }
  wake_all_if_ordered();
}

void Driver::wake_all_if_ordered() {
  if (coordinator_.take_wake()) {
    scheduler_.awake.assign(scheduler_.awake.size(), true);
  }
}

// Nobody can act now: time goes on to when somebody can.
bool Driver::advance_clock() {
  auto next = steady_clock::time_point::max();
  for (std::size_t w = 0; w < done_.size(); ++w) {
    if (!done_[w]) {
      next = std::min(next, assembly_.workers()[w]->deadline());
    }
  }
  if (next == steady_clock::time_point::max()) {
    return false;
  }
  now_ = std::max(now_, next);
  return true;
}

}  // namespace weir::simulation
