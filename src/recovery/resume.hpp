#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "recovery/snapshot_store.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/snapshot/resume_point.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/detail/snapshot/step_number.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::recovery {

/// What a run resumes from: the contents of a store, checked against the dataflow.
class Resume {
 public:
  /// Begins an execution on the store.
  /// @param allow_dropped  ids of steps that may be missing, or whose state may be of another type: it is forgotten
  /// @throws RecoveryError  if the contents do not fit the dataflow; the store is as it was
  Resume(SnapshotStore& store, const graph::Graph& graph, WorkerCount workers,
         const std::vector<std::string>& allow_dropped);

  /// Where a worker resumes.
  [[nodiscard]] const snapshot::ResumePoint& point(WorkerIndex worker) const noexcept {
    return points_[points_.size() == 1 ? 0 : worker.value];
  }
  [[nodiscard]] std::uint64_t execution() const noexcept { return points_.front().execution; }

  /// The newest complete epoch; 0 if there is none.
  [[nodiscard]] Epoch epoch() const noexcept { return contents_.epoch; }

  /// Whether the input had come to its end with it.
  [[nodiscard]] bool closed() const noexcept { return contents_.closed; }

  /// Calls with each key's state and the number of its step.
  /// @throws RecoveryError
  void load(const std::function<void(snapshot::StepNumber step, const snapshot::StateRecord&)>& each);

 private:
  void check_name() const;
  void check_steps();
  void check_step(const StepRecord& stored);
  [[nodiscard]] bool migrate(const std::string& id, std::string shape, snapshot::StepNumber step);
  void load_step(snapshot::StepNumber step,
                 const std::function<void(snapshot::StepNumber step, const snapshot::StateRecord&)>& each);
  [[nodiscard]] bool drop_if_allowed(const std::string& id);
  [[nodiscard]] bool dropped(const std::string& id) const;
  void take_marks();

  /// How a step's states are brought to the type that they have now.
  struct Conversion {
    snapshot::StepNumber step;
    std::vector<const graph::StateMigration*> migrations;
  };

  SnapshotStore* store_;
  const graph::Graph* graph_;
  const std::vector<std::string>* allow_dropped_;
  Contents contents_;
  Execution execution_;
  std::vector<Conversion> conversions_;
  std::string misfits_;
  std::vector<snapshot::ResumePoint> points_;  // one of all workers, or one of each
};

}  // namespace weir::detail::recovery
