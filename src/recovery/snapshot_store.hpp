#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/detail/snapshot/step_number.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::recovery {

/// What a store keeps for a step.
enum class StepKind : std::uint8_t { kKeyed = 0, kSource = 1, kSink = 2 };

/// A step that a store keeps something for.
struct StepRecord {
  std::string id;
  std::string op;  ///< the operator's name: "reduce"
  StepKind kind = StepKind::kKeyed;
  std::string shape;          ///< keyed steps: the shapes of key and state
  std::uint32_t workers = 0;  ///< a source whose partitions are the workers: how many; else 0

  friend bool operator==(const StepRecord&, const StepRecord&) = default;
};

/// How far a partition had come.
struct StoredMark {
  std::string step_id;
  std::string partition;
  std::string bytes;
  std::optional<WorkerIndex> worker{};  ///< whose it is; none: that of all workers
};

/// What a store holds: that of the newest complete epoch.
struct Contents {
  std::string flow;             ///< the dataflow's name; empty: the store is new
  Epoch epoch{0};               ///< the newest complete epoch; 0: none is
  bool closed = false;          ///< it was a closing epoch: the input had come to its end
  std::uint64_t execution = 0;  ///< how often a run has begun on it
  std::string name{};           ///< 16 hexadecimal digits: the same in all runs on it, and of no other store
  std::string folder{};         ///< where it is on the disk; empty: nowhere
  bool in_application = false;  ///< it holds the shards of this process alone
  std::vector<StepRecord> steps;
  std::vector<StoredMark> positions;
  std::vector<StoredMark> tokens;
};

/// How a run begins on a store.
struct Execution {
  std::string flow;
  WorkerCount workers;
  std::vector<StepRecord> steps;  ///< all steps of the dataflow that it keeps something for, by their numbers below
  std::vector<snapshot::StepNumber> numbers;  ///< of those steps in the dataflow
  std::vector<std::string> dropped;           ///< ids of steps of which everything is forgotten
};

/// All parts of an epoch: one of each worker.
struct EpochCommit {
  Epoch epoch;
  bool closing = false;
  std::vector<snapshot::EpochPart> parts;
};

/// Where snapshots are kept. One thread at a time uses it.
///
/// Failures are `RecoveryError`s; after one the store must not be used any more, and what was committed before stands.
class SnapshotStore {
 public:
  SnapshotStore() = default;
  SnapshotStore(const SnapshotStore&) = delete;
  SnapshotStore& operator=(const SnapshotStore&) = delete;
  virtual ~SnapshotStore() = default;

  /// What it holds. Before `begin`.
  [[nodiscard]] virtual Contents contents() = 0;

  /// Begins an execution, in one transaction: drops what is newer than the newest complete epoch and counts the
  /// execution. What it says about steps holds from the first commit on, so that a run that commits nothing changes
  /// nothing.
  /// @return the execution's number, from 1
  virtual std::uint64_t begin(const Execution& execution) = 0;

  /// Calls with each key's newest state, for keys that have one. Between `begin` and the first commit.
  virtual void load(const std::string& step_id, const std::function<void(const snapshot::StateRecord&)>& each) = 0;

  /// Makes an epoch the newest complete one, in one transaction. Durable when it returns.
  virtual void commit(const EpochCommit& commit) = 0;

  /// A slice of housekeeping, of some 20 ms at most: folds changes into the state that they change, so that the store's
  /// size is bound by the live state. False when there is nothing to do.
  virtual bool compact() = 0;
};

}  // namespace weir::detail::recovery
