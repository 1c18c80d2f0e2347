#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exchange/channel.hpp"
#include "exchange/ready_word.hpp"
#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/detail/runtime/step_metrics.hpp"
#include "weir/io.hpp"
#include "weir/worker_context.hpp"
#include "worker/control.hpp"
#include "worker/epoch_parts.hpp"
#include "worker/stage.hpp"
#include "worker/worker_status.hpp"

namespace weir::detail::worker {

enum class StepResult {
  kProgress,
  kIdle,  ///< nothing to do until it is woken or `deadline()` passes
  kDone,
};

/// What a worker tells the coordinator.
struct WorkerEvent {
  enum class Kind {
    kExhausted,  ///< all its sources are at their end
    kReadTable,  ///< an input that others wait for is at its end
    kPassed,     ///< the epoch has passed all its stages, and its sinks have given their tokens
    kFilled,     ///< its sources have read an epoch's share of items
    kStatus,     ///< it tells of itself, since it was asked
    kDone,
  };
  WorkerIndex worker;
  Kind kind;
  Epoch epoch;
  snapshot::EpochPart part;                ///< kPassed, in runs that keep snapshots
  std::uint64_t items_read = 0;            ///< kExhausted: by its sources, since the run began
  runtime::StepNumber step{};              ///< kReadTable: the input; its last items are in `epoch`
  std::unique_ptr<WorkerStatus> status{};  ///< kStatus
};

/// What a worker does about epochs beside passing them on.
struct EpochSettings {
  bool snapshots = false;         ///< whether they are kept
  Epoch last{0};                  ///< the one before the run's first
  std::uint64_t share_items = 0;  ///< how many items read by this worker fill an epoch; 0: no number does
};

/// One worker: its copy of the dataflow as a step function. It waits for no other thread, reads no clock and never
/// sleeps, so that a thread can drive it in a run and a seeded scheduler in a simulation.
class Worker final : public WakeTarget {
 public:
  /// @param ready  the words that senders raise for this worker, one per sender
  Worker(WorkerContext context, const Control& control, exchange::Activator& activator,
         std::vector<exchange::ReadyWord<>*> ready, const EpochSettings& epochs);

  /// A bounded share of work.
  StepResult step(runtime::Steady now);

  /// When it wants to run again without being woken.
  [[nodiscard]] runtime::Steady deadline() const;

  /// Whether it waits for room in a channel.
  [[nodiscard]] bool wants_room() const;

  /// Looks at everything that could have woken it. To be called after announcing a sleep and before sleeping.
  [[nodiscard]] bool has_work() const;

  /// From any thread: a source or sink has news.
  void wake() override;

  /// What has happened since it was last asked.
  [[nodiscard]] std::vector<WorkerEvent> take_events() { return std::exchange(events_, {}); }

  [[nodiscard]] const WorkerContext& context() const noexcept { return context_; }

  /// What it is doing, for a profiler.
  [[nodiscard]] runtime::Activity& activity() noexcept { return activity_; }
  [[nodiscard]] const runtime::Activity& activity() const noexcept { return activity_; }

  /// It has slept for so long.
  void note_wait(bool for_room, std::chrono::nanoseconds slept) noexcept {
    (for_room ? waits_.for_room : waits_.for_input) += slept;
  }

  /// What it tells of itself. On its own thread, or once it is done.
  [[nodiscard]] WorkerStatus status(runtime::Steady now) const { return status_of(stages_, waits_, metrics_, now); }

  /// For the assembly: where a step's own metrics are.
  [[nodiscard]] runtime::StepMetrics& metrics_of(runtime::StepNumber step, const std::string& step_id) {
    return metrics_.try_emplace(step, step_id).first->second;
  }

  /// For the assembly: the state of a stage that is to be added.
  [[nodiscard]] std::unique_ptr<runtime::StageState> make_stage_state() const;

  /// For the assembly: stages in topological order.
  void add_stage(StageParts parts);

  /// For the assembly: inputs of its stages wait until the control releases them.
  void hold_inputs() noexcept { holds_inputs_ = true; }

  /// For the assembly, and for reports once it is done.
  [[nodiscard]] const std::vector<std::unique_ptr<Stage>>& stages() const noexcept { return stages_; }

 private:
  void follow_orders();
  void release_inputs();
  void note_ready();
  const std::vector<Inbox*>& inboxes_from(std::size_t from);
  bool run_stages(runtime::Steady now);
  bool flush(runtime::Steady now);
  void report();
  void answer(runtime::Steady now);
  void stamp(runtime::Steady now);
  void report_tables();
  void report_filled();
  void report_passed();
  void report_done();
  [[nodiscard]] Epoch last_epoch() const noexcept;
  void commit_decided();
  bool prepared(snapshot::EpochPart& part);
  [[nodiscard]] std::uint64_t items_read() const;

  WorkerContext context_;
  const Control* control_;
  exchange::Activator* activator_;
  std::vector<exchange::ReadyWord<>*> ready_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::vector<Inbox*>> inboxes_by_sender_;
  std::vector<WorkerEvent> events_;
  std::atomic<bool> news_{false};
  runtime::Activity activity_;
  Waits waits_;
  std::map<std::size_t, runtime::StepMetrics> metrics_;  // by number of the step
  std::uint32_t answered_ = 0;                           // questions of the control
  EpochSettings settings_;
  EpochParts parts_;
  std::size_t prepared_sinks_ = 0;  // of the epoch that passes next
  Epoch ordered_{0};
  Epoch passed_{0};
  Epoch committed_{0};
  Epoch filled_{0};                 // the last one that was reported as filled
  std::uint64_t items_passed_ = 0;  // read in the epochs that were ordered closed
  std::size_t next_source_ = 0;     // the stage whose turn it is, if a source feeds it
  runtime::Steady last_flush_{};
  runtime::Steady last_stamp_{};
  Then last_ = Then::kContinue;  // what follows the last order
  bool holds_inputs_ = false;    // some wait until others are read
  bool exhausted_ = false;
  bool done_ = false;
};

}  // namespace weir::detail::worker
