#pragma once

#include <memory>

#include "coordinator/application.hpp"
#include "coordinator/assembly.hpp"
#include "coordinator/coordinator.hpp"
#include "recovery/resume.hpp"
#include "recovery/snapshot_store.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/run.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// A run's snapshots: the store that it keeps them in, and what it resumes from.
class Recovery {
 public:
  /// @param deal  of an application, which has the snapshots then; null: there is none
  /// @return      null if the options name no directory
  /// @throws RecoveryError
  static std::unique_ptr<Recovery> open(const graph::Graph& graph, const RunOptions& options, WorkerCount workers,
                                        Deal* deal);

  Recovery(std::unique_ptr<recovery::SnapshotStore> store, const graph::Graph& graph, const RunOptions& options,
           WorkerCount workers);

  [[nodiscard]] recovery::SnapshotStore& store() noexcept { return *store_; }
  [[nodiscard]] const recovery::Resume& resume() const noexcept { return resume_; }
  [[nodiscard]] SnapshotPlan plan() const noexcept { return {true, resume_.epoch(), resume_.closed()}; }

  /// Gives the workers the state that they resume with.
  void load_into(Assembly& assembly);

 private:
  std::unique_ptr<recovery::SnapshotStore> store_;
  recovery::Resume resume_;
};

/// What the workers of a run do about epochs.
/// @param recovery  null if it keeps no snapshots
[[nodiscard]] worker::EpochSettings epoch_settings(const Recovery* recovery, const RunOptions& options,
                                                   WorkerCount workers);

}  // namespace weir::detail::coordinator
