#include "coordinator/recovery.hpp"

#include <utility>

#include "recovery/sqlite_store.hpp"

namespace weir::detail::coordinator {

std::unique_ptr<Recovery> Recovery::open(const graph::Graph& graph, const RunOptions& options, WorkerCount workers,
                                         Deal* deal) {
  if (deal != nullptr) {
    return std::make_unique<Recovery>(deal->open_store(), graph, options, workers);
  }
  if (options.recovery.empty()) {
    return nullptr;
  }
  return std::make_unique<Recovery>(std::make_unique<recovery::SqliteStore>(options.recovery), graph, options, workers);
}

Recovery::Recovery(std::unique_ptr<recovery::SnapshotStore> store, const graph::Graph& graph, const RunOptions& options,
                   WorkerCount workers)
    : store_{std::move(store)}, resume_{*store_, graph, workers, options.allow_dropped_state} {}

void Recovery::load_into(Assembly& assembly) {
  resume_.load([&](runtime::StepNumber step, const snapshot::StateRecord& record) { assembly.restore(step, record); });
}

worker::EpochSettings epoch_settings(const Recovery* recovery, const RunOptions& options, WorkerCount workers) {
  worker::EpochSettings settings;
  if (recovery != nullptr) {
    settings.snapshots = true;
    settings.last = recovery->plan().last;
  }
  settings.share_items = options.epoch_items / workers.value + (options.epoch_items % workers.value != 0 ? 1 : 0);
  return settings;
}

}  // namespace weir::detail::coordinator
