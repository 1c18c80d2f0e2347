#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/edge_kind.hpp"
#include "runtime/latency.hpp"
#include "weir/detail/runtime/user_metric.hpp"
#include "weir/source_progress.hpp"
#include "weir/time.hpp"

namespace weir::detail::status {

using std::chrono::nanoseconds;

/// A partition of an input.
struct PartitionState {
  std::string name;
  std::size_t worker = 0;
  bool ended = false;
  nanoseconds silent_for{};                  ///< since its last item; 0 while it has some
  std::optional<SourceProgress> progress{};  ///< nothing if the source does not know
  std::optional<Time> watermark{};  ///< of the clock that follows it; nothing if none does, or it has no item yet
};

/// What one step does on one worker.
struct StepOnWorker {
  std::uint64_t items = 0;        ///< taken in since the start; for an input, the items that it made
  std::uint64_t keys_held = 0;    ///< keys that have state now
  std::uint64_t state_bytes = 0;  ///< of the entries of its tables, without the memory that states own
  nanoseconds working{};          ///< in the step's own code, since the start; an estimate from samples
  nanoseconds serializing{};      ///< writing items for the step on other workers
  nanoseconds deserializing{};    ///< reading items from other workers
};

/// A metric that a program registered for a step.
struct OwnMetric {
  runtime::UserMetric all;          ///< over all workers; a gauge's value is the sum of theirs
  std::vector<double> by_worker{};  ///< a counter's count, or a gauge's value
};

/// A step, over all workers.
struct StepState {
  std::string id;
  std::string op;  ///< the operator's name: "map", "reduce", "input", "output"
  std::size_t stage = 0;
  std::vector<StepOnWorker> workers{};  ///< by worker
  /// Further counters of the step by name: "late_dropped", "without_row", "hits", "misses", "left_over".
  std::map<std::string, std::uint64_t> counters{};
  std::optional<Time> watermark{};           ///< the least over the workers; nothing if the step has no event time
  std::vector<PartitionState> partitions{};  ///< of an input
  std::vector<OwnMetric> metrics{};          ///< those that the program registered
  runtime::Latency latency{};                ///< of an output: from the sources to it

  [[nodiscard]] std::uint64_t items() const;
  [[nodiscard]] std::uint64_t keys_held() const;
  [[nodiscard]] std::uint64_t state_bytes() const;
  /// Working, serializing and deserializing.
  [[nodiscard]] nanoseconds busy() const;
};

/// How items come from one step to another.
struct EdgeState {
  using Kind = graph::EdgeKind;
  std::size_t from = 0;  ///< number of a step
  std::size_t output = 0;
  std::size_t to = 0;
  Kind kind = Kind::kCall;
  std::uint64_t bytes = 0;              ///< serialized since the start
  std::uint64_t buffers_in_flight = 0;  ///< now, over all channels
  std::uint64_t buffers = 0;            ///< that can be in flight, over all channels
  /// Of the buffers that are not sent yet: those being filled, and those that wait for room.
  std::uint64_t held_bytes = 0;
};

/// A worker.
struct WorkerState {
  nanoseconds runtime{};              ///< deciding what to do next, since the start; an estimate from samples
  nanoseconds waiting_for_input{};    ///< since the start
  nanoseconds waiting_for_room{};     ///< in a channel to another worker
  nanoseconds silent_for{};           ///< since it last told of itself; long if code of the user does not return
  std::optional<std::size_t> step{};  ///< number of the step in whose code it is now
  bool ended = false;                 ///< it has done all of its work, and the others have not yet
};

/// The epochs of a run.
struct EpochState {
  std::uint64_t open = 1;                  ///< the number of the open one
  nanoseconds open_for{};                  ///< how long it is open
  std::optional<nanoseconds> passing{};    ///< since an epoch was ordered closed that has not passed all workers yet
  std::optional<nanoseconds> last_took{};  ///< from the order to close the last one until it passed all workers
  std::uint64_t committed = 0;             ///< the newest whose snapshot is durable; 0: none
  std::optional<nanoseconds> last_commit_took{};  ///< writing that snapshot
  std::uint64_t snapshot_bytes = 0;               ///< of the last one
  std::uint64_t failed = 0;                       ///< restarts after a failure
};

/// A record or an item that a step could not use, while the run went on.
struct ErrorState {
  Time at{};
  std::size_t step = 0;   ///< its number
  std::string partition;  ///< of an input; empty for other steps
  std::string error;
};

/// The restart that a failed run waits for.
struct RestartState {
  std::size_t attempt = 1;  ///< in a row: each committed epoch resets the count
  std::size_t most = 1;     ///< attempts in a row
  nanoseconds wait{};       ///< until it begins
};

/// A process of an application.
struct ApplicationState {
  std::size_t shards = 0;      ///< that it has
  std::size_t of_shards = 0;   ///< all of them
  std::uint64_t keys = 0;      ///< whose states it took over with its shards
  std::string waits_for = {};  ///< words for what it waits for; empty: for nothing
};

/// A run at one moment: the one source of all that is shown of it.
struct RunStatus {
  /// What the run does now.
  enum class Phase : std::uint8_t {
    kRunning,
    kStopping,
    kRestarting,  ///< it failed; the next run is prepared, or waited for
    kWaiting,     ///< a process of an application waits for shards, or takes them over
    kEnded,
  };

  std::string dataflow;  ///< its name
  Phase phase = Phase::kRunning;
  std::optional<RestartState> restart{};          ///< nothing while the next run is prepared
  std::optional<ApplicationState> application{};  ///< nothing if the run is in none
  bool resumed = false;                           ///< it began from a snapshot
  bool keeps_snapshots = false;
  nanoseconds elapsed{};               ///< since its workers began
  Time now{};                          ///< by the system's clock
  std::vector<WorkerState> workers{};  ///< by index
  std::vector<StepState> steps{};      ///< in the order of the dataflow
  std::vector<EdgeState> edges{};      ///< by the step that they lead to, and its inputs
  EpochState epochs{};
  std::uint64_t resident_bytes = 0;     ///< memory of the process
  std::vector<ErrorState> errors{};     ///< the last ones that each step went on after, on each worker, in any order
  std::vector<std::string> problems{};  ///< the last errors, warnings and bad records, oldest first

  /// Items that all inputs have made, and that all outputs have taken.
  [[nodiscard]] std::uint64_t items_in() const;
  [[nodiscard]] std::uint64_t items_out() const;

  /// What each step does on each worker is much to send.
  [[nodiscard]] bool is_wide() const noexcept {
    constexpr std::size_t kMost = 512;
    return steps.size() * workers.size() > kMost;
  }

  /// From sources to outputs.
  [[nodiscard]] runtime::Latency latency() const;

  /// How much of all inputs has been read; nothing if an input does not know, or has no end.
  [[nodiscard]] std::optional<double> part_read() const;
};

}  // namespace weir::detail::status
