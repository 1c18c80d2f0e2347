#include "coordinator/run_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "os/memory.hpp"
#include "os/steady_clock.hpp"

namespace weir::detail::coordinator {
namespace {

// Code of the user that does not return keeps a worker from answering, and that is what a watcher wants to see.
constexpr std::chrono::milliseconds kPatience{100};

}  // namespace

void RunWatch::start() {
  const runtime::Steady now = os::steady_now();
  answers_.assign(parts_.workers.size(), Answer::kCame);
  if (profiles_ || watcher_.tell) {
    profiler_.emplace(parts_.workers.size(), parts_.plan.graph().steps().size(), now);
    wait_to_look();
  }
  if (watcher_.tell) {
    monitor_.emplace(parts_.plan, WorkerCount{static_cast<std::uint32_t>(parts_.workers.size())}, now);
    ask();
  }
}

void RunWatch::wait_to_look() {
  look_timer_.expires_after(profiles_ ? Profiler::kPeriod : Profiler::kSlowPeriod);
  look_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      profiler_->look(parts_.workers, os::steady_now());
      wait_to_look();
    }
  });
}

void RunWatch::wait_to_ask() {
  ask_timer_.expires_after(watcher_.every);
  ask_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      ask();
    }
  });
}

void RunWatch::ask() {
  std::ranges::replace(answers_, Answer::kCame, Answer::kMissing);
  parts_.control.ask();
  parts_.wake_workers();
  ask_timer_.expires_after(kPatience);
  ask_timer_.async_wait([this](const boost::system::error_code& error) {
    // All may have come as the timer did, and then the watcher was told.
    if (!error && is_waiting()) {
      tell();
    }
  });
}

void RunWatch::on_status(worker::WorkerEvent&& event) {
  monitor_->on_status(event.worker, std::move(*event.status), os::steady_now());
  note_answer(event.worker);
}

void RunWatch::on_ended(WorkerIndex worker) {
  if (profiler_) {
    profiler_->on_ended(worker);
  }
  if (monitor_) {
    const runtime::Steady now = os::steady_now();
    monitor_->on_ended(worker, parts_.workers[worker]->status(now), now);
    note_answer(worker);
    answers_[worker] = Answer::kEnded;
  }
}

bool RunWatch::is_waiting() const { return std::ranges::find(answers_, Answer::kMissing) != answers_.end(); }

// One that comes too late for the question is only kept.
void RunWatch::note_answer(WorkerIndex worker) {
  if (answers_[worker] != Answer::kMissing) {
    return;
  }
  answers_[worker] = Answer::kCame;
  if (!is_waiting()) {
    tell();
  }
}

void RunWatch::tell() {
  std::ranges::replace(answers_, Answer::kMissing, Answer::kCame);
  watcher_.tell(status());
  wait_to_ask();
}

void RunWatch::end(const std::vector<worker::WorkerStatus>& told) {
  if (monitor_) {
    const runtime::Steady now = os::steady_now();
    for (WorkerIndex worker{0}; worker < told.size(); ++worker.value) {
      monitor_->on_ended(worker, worker::WorkerStatus{told[worker]}, now);
    }
    status::RunStatus last = status();
    last.phase = status::RunStatus::Phase::kEnded;
    watcher_.tell(std::move(last));
  }
}

status::RunStatus RunWatch::status() {
  status::RunStatus status = monitor_->status(parts_.workers, profiler_ ? &*profiler_ : nullptr, os::steady_now());
  status.resident_bytes = os::resident_bytes();
  parts_.add_rest(status);
  return status;
}

std::vector<WorkerProfile> RunWatch::profile(const std::vector<worker::WorkerStatus>& told) const {
  return profiles_ && profiler_ ? profiler_->result(parts_.plan, told) : std::vector<WorkerProfile>{};
}

}  // namespace weir::detail::coordinator
