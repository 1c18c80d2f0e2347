#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/detail/snapshot/step_number.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::snapshot {

/// The progress of a source's or sink's partition, in bytes that only it understands.
struct PartitionMark {
  StepNumber step;
  std::string partition;
  std::string bytes;
};

/// The keys of one step that changed.
struct StepChanges {
  StepNumber step;
  std::unique_ptr<StateChanges> changes;
};

/// The part of one worker in the snapshot of one epoch: only the changes in it.
struct EpochPart {
  Epoch epoch;
  WorkerIndex worker{};
  bool closing = false;                  ///< the closing epoch: it has only the output of the end of the input
  std::uint64_t items_read = 0;          ///< by sources
  std::vector<StepChanges> states;       ///< of keyed steps
  std::vector<PartitionMark> positions;  ///< of source partitions; how far clocks and keyed steps had come in time
  std::vector<PartitionMark> tokens;     ///< of sink partitions
};

}  // namespace weir::detail::snapshot
