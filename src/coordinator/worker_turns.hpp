#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "exchange/park_word.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// The workers of one thread, which take turns until each is done. The thread sleeps while none has work.
class WorkerTurns {
 public:
  using OnEvent = std::function<void(worker::WorkerEvent&& event)>;
  using OnDone = std::function<void(WorkerIndex worker)>;

  /// @param word  that wakes the thread
  WorkerTurns(exchange::ParkWord<>& word, OnEvent on_event, OnDone on_done)
      : word_{&word}, on_event_{std::move(on_event)}, on_done_{std::move(on_done)} {}

  void add(worker::Worker& worker) { workers_.push_back(&worker); }

  /// Until all are done.
  void run();

  /// Those that are not done: after a failure.
  [[nodiscard]] const std::vector<worker::Worker*>& left() const noexcept { return workers_; }

 private:
  [[nodiscard]] bool step();
  void sleep();

  exchange::ParkWord<>* word_;
  OnEvent on_event_;
  OnDone on_done_;
  std::vector<worker::Worker*> workers_;
};

}  // namespace weir::detail::coordinator
