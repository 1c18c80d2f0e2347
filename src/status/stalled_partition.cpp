#include "status/stalled_partition.hpp"

#include <algorithm>

#include "status/interval.hpp"

namespace weir::detail::status {
namespace {

Time watermark_of(const PartitionState& partition) { return partition.watermark.value_or(Time::min()); }

// Event time does not wait for a partition that it has passed, because that is idle.
bool is_passed(const RunStatus& run, Time watermark) {
  return std::ranges::any_of(
      run.steps, [watermark](const StepState& step) { return step.watermark && *step.watermark > watermark; });
}

}  // namespace

std::optional<StalledPartition> find_stalled(const RunStatus& run, nanoseconds limit) {
  std::optional<StalledPartition> stalled;
  bool others_bring_items = false;
  std::optional<Time> furthest;
  for (const StepState& input : run.steps) {
    // Without any watermark, no clock follows the input.
    const bool has_clock = std::ranges::any_of(
        input.partitions, [](const PartitionState& partition) { return partition.watermark.has_value(); });
    for (const PartitionState& partition : input.partitions) {
      if (!has_clock || partition.ended) {
        continue;
      }
      if (partition.watermark) {
        furthest = std::max(furthest.value_or(*partition.watermark), *partition.watermark);
      }
      if (partition.silent_for < limit) {
        others_bring_items = true;
      }
      if (!stalled || watermark_of(partition) < watermark_of(*stalled->partition)) {
        stalled = StalledPartition{&input, &partition, std::nullopt};
      }
    }
  }
  if (!stalled || stalled->partition->silent_for < limit || !others_bring_items ||
      is_passed(run, watermark_of(*stalled->partition))) {
    return std::nullopt;
  }
  if (stalled->partition->watermark) {
    stalled->behind = time_between(*stalled->partition->watermark, *furthest);
  }
  return stalled;
}

}  // namespace weir::detail::status
