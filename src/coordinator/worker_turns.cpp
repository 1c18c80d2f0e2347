#include "coordinator/worker_turns.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "os/steady_clock.hpp"

namespace weir::detail::coordinator {

void WorkerTurns::run() {
  const auto wants_room = [](const worker::Worker* worker) { return worker->wants_room(); };
  while (!workers_.empty()) {
    if (step()) {
      continue;
    }
    word_->announce(std::ranges::any_of(workers_, wants_room));
    if (std::ranges::any_of(workers_, [](const worker::Worker* worker) { return worker->has_work(); })) {
      word_->cancel();
      continue;
    }
    sleep();
  }
}

// Lets each do its share, and takes off those that are done.
bool WorkerTurns::step() {
  bool progress = false;
  for (std::size_t i = 0; i < workers_.size();) {
    worker::Worker& worker = *workers_[i];
    const worker::StepResult result = worker.step(os::steady_now());
    for (worker::WorkerEvent& event : worker.take_events()) {
      on_event_(std::move(event));
    }
    progress = progress || result != worker::StepResult::kIdle;
    if (result != worker::StepResult::kDone) {
      ++i;
      continue;
    }
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    on_done_(worker.context().index);
  }
  return progress;
}

void WorkerTurns::sleep() {
  runtime::Steady deadline = runtime::Steady::max();
  for (worker::Worker* const worker : workers_) {
    deadline = std::min(deadline, worker->deadline());
    worker->activity().note(worker->wants_room() ? runtime::Activity::kWaitsForRoom
                                                 : runtime::Activity::kWaitsForInput);
  }
  const runtime::Steady before = os::steady_now();
  word_->wait(deadline == runtime::Steady::max() ? std::nullopt : std::optional{deadline});
  const std::chrono::nanoseconds slept = os::steady_now() - before;
  for (worker::Worker* const worker : workers_) {
    worker->note_wait(worker->wants_room(), slept);
  }
}

}  // namespace weir::detail::coordinator
