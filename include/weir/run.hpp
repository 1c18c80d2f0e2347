#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "weir/dataflow.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/errors.hpp"

namespace weir {

/// How items reach other workers: `kCereal` serializes them, as between processes; `kMove` moves them, to measure what
/// serialization costs.
using ExchangeMode = detail::exchange::ExchangeMode;

/// What becomes of folds, windows and joins that are open when a run is asked to stop.
enum class OnStop : std::uint8_t {
  kDrop,  ///< they are not emitted: kept for the next run with `recovery`, lost without
  kEmit,  ///< they are emitted, as at the end of the input
};

/// How a dataflow is run.
struct RunOptions {
  /// Worker threads, 1 to 1,024; 0 means one per core.
  std::size_t workers = 0;
  ExchangeMode exchange = ExchangeMode::kCereal;
  /// Asks the run to stop: it takes no more input, closes the epoch, puts out what was read and returns.
  std::stop_token stop{};
  /// How long a stop may take before the run is cut off: 0 or more; `std::chrono::nanoseconds::max()` means any time.
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds{30};
  /// What a stop does with what is open. A run that resumes after `kEmit` has it open again, and emits it again, whole.
  OnStop on_stop = OnStop::kDrop;
  /// How often an epoch ends: more than 0; `std::chrono::nanoseconds::max()` means never by time.
  std::chrono::nanoseconds epoch_interval = std::chrono::seconds{10};
  /// An epoch also ends once about so many items were read; 0: however many were.
  std::uint64_t epoch_items = 0;
  /// Directory of snapshots, made if it is not there; empty: the run keeps none. A run goes on from what an earlier one
  /// left there, with any number of workers.
  std::string recovery{};
  /// Steps whose state in the directory may be forgotten, since they are gone from the dataflow or have another type.
  std::vector<std::string> allow_dropped_state{};
  /// How often in a row a run that fails in a step is begun again from its newest snapshot; an epoch that was committed
  /// in between makes them count anew. Callables and builders are copied from the dataflow each time, as for a new run.
  /// Wants `recovery`.
  std::size_t restarts = 0;
  /// How long it waits before that: 0 or more.
  std::chrono::nanoseconds restart_delay = std::chrono::seconds{1};
  /// Whether the report is to say where the time went. Found by looking at every worker about a thousand times a
  /// second, so short runs are told roughly.
  bool profile = false;
};

/// What one step did.
struct StepReport {
  std::string step_id;
  std::string op;               ///< the operator's name: "map", "reduce"
  std::uint64_t items = 0;      ///< taken in, over all workers; for an input, the items that it made
  std::uint64_t keys_held = 0;  ///< keys that still had state at the end
  /// Keys with something that had yet to be emitted at the end: a fold that is not complete, or where the run was
  /// stopped an open window, a value that waits for another. Without `RunOptions::recovery` that was given up.
  std::uint64_t keys_open = 0;
  /// What else the step counted, over all workers, by name: those that its operator documents.
  std::map<std::string, std::uint64_t> counters{};
};

/// How a run ended that did not fail.
enum class Outcome : std::uint8_t {
  kDone,     ///< at the end of its input
  kDrained,  ///< by request, everything that was read put out
  kCut,      ///< by request, before everything was put out
  kUnread,   ///< because nobody reads its output any more
};

/// Where the time of one step went on one worker.
struct StepProfile {
  std::string step_id;
  std::chrono::nanoseconds working{};        ///< in its own code
  std::chrono::nanoseconds serializing{};    ///< writing items that go to it on other workers
  std::chrono::nanoseconds deserializing{};  ///< reading items that came for it
  std::uint64_t items = 0;                   ///< taken in; for an input, the items that it made
  std::uint64_t serialized_bytes = 0;        ///< sent to it on other workers
};

/// Where the time of one worker went. Time is wall time: with more workers than cores it includes that of others.
struct WorkerProfile {
  std::chrono::nanoseconds runtime{};  ///< deciding what to do next
  std::chrono::nanoseconds waiting_for_input{};
  std::chrono::nanoseconds waiting_for_room{};  ///< in a channel to another worker
  std::vector<StepProfile> steps;               ///< in the order of the dataflow
};

/// What a run did.
struct RunReport {
  Outcome outcome = Outcome::kDone;
  std::size_t workers = 0;
  std::size_t restarts = 0;            ///< times that the run began again behind a failure
  std::vector<StepReport> steps;       ///< in the order of the dataflow; of the last time
  std::vector<WorkerProfile> profile;  ///< by worker; empty without `RunOptions::profile`
};

/// Runs a dataflow to its end on worker threads of its own. Leaves the host program alone: no signal handlers, no
/// locale, no global loggers. But a descriptor of 0 to 2 that is closed is given to something that can be neither read
/// nor written, so that no file that is opened later gets the number of standard output.
///
/// @throws BuildError  if the dataflow has no output
/// @throws UsageError  for options or inputs that cannot be right, before anything runs
/// @throws RecoveryError  if the recovery directory cannot be used or does not fit the dataflow
/// @throws StepError   when code of the user, a source or a sink throws; the cause is nested. All workers have stopped.
/// @throws std::system_error  if the system has no thread for the run. All workers have stopped.
RunReport run(const Dataflow& flow, const RunOptions& options = {});

/// A run in the background. Destroying it stops the run and waits for it, and so does assigning another run to it.
///
/// `stop`, `done` and `wait` may be called from any thread, also at the same time. Moving, assigning and destroying may
/// not happen at the same time as another call. Code that the run itself calls may stop it, but must not wait for it,
/// assign to the handle or destroy it: that would wait for itself for ever.
///
/// A handle that was moved from has no run: `stop` does nothing, `done` is true, and `wait` throws.
class RunHandle {
 public:
  RunHandle(RunHandle&&) noexcept;
  RunHandle& operator=(RunHandle&&) noexcept;
  ~RunHandle();

  /// Asks the run to stop, as `RunOptions::stop` does. Returns at once.
  void stop();

  /// Whether the run has ended.
  [[nodiscard]] bool done() const;

  /// Waits for the end of the run. Every call gives the same answer.
  /// @throws what `run` throws; std::logic_error  if the handle was moved from
  RunReport wait();

 private:
  friend RunHandle start(const Dataflow& flow, const RunOptions& options);
  class Background;
  explicit RunHandle(std::unique_ptr<Background> background);

  std::unique_ptr<Background> background_;
};

/// Runs a dataflow in the background. The dataflow must live until the run has ended. Returns when all workers are
/// made, with their sources and sinks opened.
///
/// @throws BuildError, UsageError  for a dataflow, options or inputs that cannot be right
/// @throws RecoveryError, std::system_error  as `run` does
RunHandle start(const Dataflow& flow, const RunOptions& options = {});

}  // namespace weir
