#include "status/run_status.hpp"

#include <algorithm>

namespace weir::detail::status {
namespace {

template <typename Value>
Value sum_over(const std::vector<StepOnWorker>& workers, Value (*value)(const StepOnWorker&)) {
  Value sum{};
  for (const StepOnWorker& worker : workers) {
    sum += value(worker);
  }
  return sum;
}

std::uint64_t items_of(const std::vector<StepState>& steps, const char* op) {
  std::uint64_t items = 0;
  for (const StepState& step : steps) {
    items += step.op == op ? step.items() : 0;
  }
  return items;
}

}  // namespace

std::uint64_t StepState::items() const {
  return sum_over<std::uint64_t>(workers, [](const StepOnWorker& worker) { return worker.items; });
}

std::uint64_t StepState::keys_held() const {
  return sum_over<std::uint64_t>(workers, [](const StepOnWorker& worker) { return worker.keys_held; });
}

std::uint64_t StepState::state_bytes() const {
  return sum_over<std::uint64_t>(workers, [](const StepOnWorker& worker) { return worker.state_bytes; });
}

nanoseconds StepState::busy() const {
  return sum_over<nanoseconds>(
      workers, [](const StepOnWorker& worker) { return worker.working + worker.serializing + worker.deserializing; });
}

std::uint64_t RunStatus::items_in() const { return items_of(steps, "input"); }

std::uint64_t RunStatus::items_out() const { return items_of(steps, "output"); }

runtime::Latency RunStatus::latency() const {
  runtime::Latency all;
  for (const StepState& step : steps) {
    all += step.latency;
  }
  return all;
}

// Each input counts as much as another, since their units differ.
std::optional<double> RunStatus::part_read() const {
  double sum = 0;
  double inputs = 0;
  for (const StepState& step : steps) {
    if (step.op != "input") {
      continue;
    }
    double done = 0;
    double total = 0;
    for (const PartitionState& partition : step.partitions) {
      if (!partition.progress || partition.progress->grows) {
        return std::nullopt;
      }
      done += static_cast<double>(partition.progress->done);
      total += static_cast<double>(partition.progress->total);
    }
    sum += total > 0 ? done / total : 1;
    inputs += 1;
  }
  return inputs > 0 ? std::optional{sum / inputs} : std::nullopt;
}

}  // namespace weir::detail::status
