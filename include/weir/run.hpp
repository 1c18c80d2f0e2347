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

/// How items reach other workers: `kCereal` serializes them, as between processes; `kMove` moves them, to measure the
/// cost of serialization.
using ExchangeMode = detail::exchange::ExchangeMode;

class Application;

/// How a stop treats open folds, windows and joins.
enum class OnStop : std::uint8_t {
  kDrop,  ///< does not emit them; with `recovery` the next run has them, without it they are lost
  kEmit,  ///< emits them, as at the end of the input
};

/// The options of a run.
struct RunOptions {
  /// Worker threads, 1 to 1,024; 0 means one per core that the process may use.
  std::size_t workers = 0;
  ExchangeMode exchange = ExchangeMode::kCereal;  ///< how items cross workers; the results are the same
  /// Asks the run to stop: it takes no more input, closes the epoch, emits all that it has read and returns.
  std::stop_token stop{};
  /// How long a stop may take before the run is cut off: 0 or more; `std::chrono::nanoseconds::max()` means any time.
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds{30};
  /// How a stop treats open state. A run that resumes after `kEmit` has it open again, and emits it again, whole.
  OnStop on_stop = OnStop::kDrop;
  /// How often an epoch ends: more than 0; `std::chrono::nanoseconds::max()` means never by time.
  std::chrono::nanoseconds epoch_interval = std::chrono::seconds{10};
  /// An epoch also ends once the run has read about so many items; 0: no limit.
  std::uint64_t epoch_items = 0;
  /// Directory of snapshots, created if missing; empty: the run keeps none. A run resumes from the newest snapshot
  /// there, with any number of workers.
  std::string recovery{};
  /// Steps whose state in the directory the run may drop, since they are gone from the dataflow or have another type.
  std::vector<std::string> allow_dropped_state{};
  /// How often in a row the run restarts from its newest snapshot after a step fails. Each committed epoch resets the
  /// count. Each restart copies callables and builders from the dataflow, as a new run does. Requires `recovery`.
  std::size_t restarts = 0;
  /// The delay before a restart: 0 or more.
  std::chrono::nanoseconds restart_delay = std::chrono::seconds{1};
  /// Whether the report has a profile of the run's time. weir samples every worker about a thousand times a second, so
  /// the profile of a short run is rough.
  bool profile = false;
  /// Pins each worker thread to a core: the first worker to the first core that the thread which starts the run may
  /// use, and so on. `UsageError` if there are more workers than cores. A failure to pin is a warning. Threads that
  /// code of the user starts on a worker inherit its core.
  bool pin = false;
  /// Shares the work with other processes that run the same dataflow; see `KafkaFlags::application`. Excludes
  /// `recovery`. Null: this process has all of it.
  std::shared_ptr<Application> application{};
};

/// The report of one step.
struct StepReport {
  std::string step_id;          ///< unique in the dataflow
  std::string op;               ///< the operator's name: "map", "reduce"
  std::uint64_t items = 0;      ///< taken in, over all workers; for an input, the items that it made
  std::uint64_t keys_held = 0;  ///< keys that still had state at the end
  /// Keys that still had something to emit at the end: an incomplete fold or, in a stopped run, an open window or a
  /// value that waits for another. Without `RunOptions::recovery` it is lost.
  std::uint64_t keys_open = 0;
  /// Further counters of the step, over all workers, by name; the operator documents them.
  std::map<std::string, std::uint64_t> counters{};
};

/// How a run without a failure ended.
enum class Outcome : std::uint8_t {
  kDone,     ///< at the end of its input
  kDrained,  ///< by request, after everything that was read was emitted
  kCut,      ///< by request, before everything was emitted
  kUnread,   ///< because the reader of its output is gone
};

/// Where the time of one step went on one worker.
struct StepProfile {
  std::string step_id;                       ///< as in `StepReport`
  std::chrono::nanoseconds working{};        ///< in its own code
  std::chrono::nanoseconds serializing{};    ///< writing items for the step on other workers
  std::chrono::nanoseconds deserializing{};  ///< reading items from other workers
  std::uint64_t items = 0;                   ///< taken in; for an input, the items that it made
  std::uint64_t serialized_bytes = 0;        ///< sent to the step on other workers
};

/// Where the time of one worker went, in wall time: with more workers than cores it includes that of others.
struct WorkerProfile {
  std::chrono::nanoseconds runtime{};            ///< deciding what to do next
  std::chrono::nanoseconds waiting_for_input{};  ///< no input had an item, and no other worker sent one
  std::chrono::nanoseconds waiting_for_room{};   ///< in a channel to another worker
  std::vector<StepProfile> steps;                ///< in the order of the dataflow
};

/// The report of a run.
struct RunReport {
  Outcome outcome = Outcome::kDone;    ///< how the run ended; errors are thrown instead
  std::size_t workers = 0;             ///< how many there were, where the options left it to weir
  std::size_t restarts = 0;            ///< how often the run restarted after a failure
  std::vector<StepReport> steps;       ///< in the order of the dataflow; since the last restart
  std::vector<WorkerProfile> profile;  ///< by worker; empty without `RunOptions::profile`
};

/// Runs a dataflow to its end on worker threads of its own. It touches no signal handlers, no locale and no global
/// loggers of the host program. If one of the descriptors 0 to 2 is closed, the run opens a placeholder on it that can
/// be neither read nor written, so that no file opened later becomes standard output.
///
/// @throws BuildError  if the dataflow has no output
/// @throws UsageError  for invalid options or inputs, before anything runs
/// @throws RecoveryError  if the recovery directory cannot be used or does not match the dataflow
/// @throws StepError   when code of the user, a source or a sink throws; the cause is nested. All workers have stopped.
/// @throws std::system_error  if the system cannot create a thread. All workers have stopped.
RunReport run(const Dataflow& flow, const RunOptions& options = {});

/// A run in the background. Destroying a handle, or assigning another run to it, stops its run and waits for it.
///
/// `stop`, `done` and `wait` may be called from any thread, also at the same time. Moving, assigning and destroying may
/// not happen at the same time as another call. Code that the run itself calls may stop it, but must not wait for it,
/// assign to the handle or destroy it: that would wait for itself for ever.
///
/// A handle that was moved from has no run: `stop` does nothing, `done` is true, and `wait` throws.
class RunHandle {
 public:
  RunHandle(RunHandle&&) noexcept;             ///< the other has no run afterwards
  RunHandle& operator=(RunHandle&&) noexcept;  ///< stops the run that this handle had, as its destructor does
  ~RunHandle();

  /// Asks the run to stop, as `RunOptions::stop` does. Returns at once.
  void stop();

  /// Whether the run has ended.
  [[nodiscard]] bool done() const;

  /// Waits for the end of the run. Every call gives the same result.
  /// @throws the exception of `run`; std::logic_error  if the handle was moved from
  RunReport wait();

 private:
  friend RunHandle start(const Dataflow& flow, const RunOptions& options);
  class Background;
  explicit RunHandle(std::unique_ptr<Background> background);

  std::unique_ptr<Background> background_;
};

/// Runs a dataflow in the background. The dataflow must live until the run has ended. Returns when all workers exist
/// and their sources and sinks are open.
///
/// @throws BuildError, UsageError  for an invalid dataflow, options or inputs
/// @throws RecoveryError, std::system_error  as `run` does
RunHandle start(const Dataflow& flow, const RunOptions& options = {});

}  // namespace weir
