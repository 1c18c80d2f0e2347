#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "exchange/channel.hpp"
#include "exchange/ready_word.hpp"
#include "weir/detail/activity.hpp"
#include "weir/io.hpp"
#include "weir/worker_context.hpp"
#include "worker/control.hpp"
#include "worker/stage.hpp"

namespace weir::worker {

enum class StepResult {
  kProgress,
  kIdle,  ///< nothing to do until it is woken or `deadline()` passes
  kDone,
};

/// What a worker tells the coordinator.
struct WorkerEvent {
  enum class Kind {
    kExhausted,  ///< all its sources are at their end
    kPassed,     ///< the epoch has passed all its stages
    kDone,
  };
  WorkerIndex worker;
  Kind kind;
  Epoch epoch;
};

/// One worker: its copy of the dataflow as a step function. It takes no lock, reads no clock and never sleeps, so that
/// a thread can drive it in a run and a seeded scheduler in a simulation.
class Worker final : public detail::WakeTarget {
 public:
  /// @param ready  the words that senders raise for this worker, one per sender
  Worker(WorkerContext context, const Control& control, exchange::Activator& activator,
         std::vector<exchange::ReadyWord<>*> ready);

  /// A bounded share of work.
  StepResult step(Steady now);

  /// When it wants to run again without being woken.
  [[nodiscard]] Steady deadline() const;

  /// Whether it waits for room in a channel.
  [[nodiscard]] bool wants_room() const;

  /// The look at everything that could have woken it, between announcing that it will sleep and sleeping.
  [[nodiscard]] bool has_work() const;

  /// From any thread: a source or sink has news.
  void wake() override;

  /// What has happened since it was last asked.
  [[nodiscard]] std::vector<WorkerEvent> take_events() { return std::exchange(events_, {}); }

  [[nodiscard]] const WorkerContext& context() const noexcept { return context_; }

  /// What it is doing, for a profiler.
  [[nodiscard]] detail::Activity& activity() noexcept { return activity_; }
  [[nodiscard]] const detail::Activity& activity() const noexcept { return activity_; }

  /// Stages in topological order. For the assembly, and for reports once it is done.
  [[nodiscard]] std::vector<std::unique_ptr<Stage>>& stages() noexcept { return stages_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Stage>>& stages() const noexcept { return stages_; }

 private:
  void follow_orders();
  void note_ready();
  const std::vector<Inbox*>& inboxes_from(std::size_t from);
  bool run_stages(Steady now);
  bool flush(Steady now);
  void report();

  WorkerContext context_;
  const Control* control_;
  exchange::Activator* activator_;
  std::vector<exchange::ReadyWord<>*> ready_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::vector<Inbox*>> inboxes_by_sender_;
  std::vector<WorkerEvent> events_;
  std::atomic<bool> news_{false};
  detail::Activity activity_;
  Epoch ordered_{0};
  Epoch passed_{0};
  Steady last_flush_{};
  bool ordered_last_ = false;
  bool exhausted_ = false;
  bool done_ = false;
};

}  // namespace weir::worker
