#pragma once

#include <optional>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// A partition that brings nothing, and that event time waits for.
struct StalledPartition {
  const StepState* input;
  const PartitionState* partition;
  std::optional<nanoseconds> behind;  ///< the partition that is furthest ahead; nothing if it has brought no item yet
};

/// The partition with the earliest watermark, if it has been silent for `limit`, others have brought items since, and
/// no step's watermark is later. Refers to `run`.
[[nodiscard]] std::optional<StalledPartition> find_stalled(const RunStatus& run, nanoseconds limit);

}  // namespace weir::detail::status
