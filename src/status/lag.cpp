#include "status/lag.hpp"

#include <algorithm>

#include "status/interval.hpp"

namespace weir::detail::status {
namespace {

void add(std::optional<std::uint64_t>& to, std::optional<std::uint64_t> more) {
  if (more) {
    to = to.value_or(0) + *more;
  }
}

}  // namespace

Lag lag_of(const StepState& input) {
  Lag lag;
  for (const PartitionState& partition : input.partitions) {
    if (partition.progress) {
      const std::uint64_t rest =
          partition.progress->total - std::min(partition.progress->done, partition.progress->total);
      add(partition.progress->unit == SourceProgress::Unit::kBytes ? lag.bytes : lag.items, rest);
    }
  }
  return lag;
}

Lag lag_of(const RunStatus& run) {
  Lag lag;
  for (const StepState& step : run.steps) {
    const Lag here = lag_of(step);
    add(lag.bytes, here.bytes);
    add(lag.items, here.items);
    if (const std::optional<nanoseconds> behind = event_time_lag(step.watermark, run.now)) {
      lag.event_time = std::max(lag.event_time.value_or(*behind), *behind);
    }
  }
  return lag;
}

std::optional<nanoseconds> event_time_lag(std::optional<Time> watermark, Time now) {
  const bool is_known = watermark && *watermark != Time::min() && *watermark != Time::max();
  return is_known ? std::optional{time_between(*watermark, now)} : std::nullopt;
}

}  // namespace weir::detail::status
