#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/latency.hpp"
#include "weir/detail/runtime/noted_errors.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "weir/detail/runtime/step_metrics.hpp"
#include "weir/source_progress.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::worker {

class Stage;

/// How long a worker has slept since the run began.
struct Waits {
  std::chrono::nanoseconds for_input{};
  std::chrono::nanoseconds for_room{};
};

/// A partition of an input, as its worker sees it.
struct PartitionView {
  std::string name;
  bool ended = false;
  std::chrono::nanoseconds silent_for{};
  std::optional<SourceProgress> progress{};
  std::optional<Time> watermark{};  ///< nothing if no clock follows, or no item has come
};

/// A step on one worker.
struct StepView {
  runtime::StepNumber step;
  std::uint64_t items = 0;
  runtime::StepCounts counts{};
  std::optional<Time> watermark{};  ///< nothing if the step has no event time
  std::vector<PartitionView> partitions{};
  std::vector<runtime::NotedError> errors{};   ///< the last ones that it went on after
  std::optional<runtime::Latency> latency{};   ///< of a sink that marks have reached
  std::vector<runtime::UserMetric> metrics{};  ///< those that the program registered
};

/// The sending end of an edge on one worker.
struct EdgeView {
  runtime::EdgeNumber edge;
  std::uint64_t sent_bytes = 0;
  std::uint64_t in_flight = 0;  ///< buffers, over all its channels
  std::uint64_t depth = 0;      ///< how many of them can be in flight
  std::uint64_t held_bytes = 0;
};

/// What a worker tells of itself when it is asked. All of it is the worker's own, so it is read without any lock, and
/// no item costs more for it.
struct WorkerStatus {
  Waits waits{};
  std::vector<StepView> steps{};
  std::vector<EdgeView> edges{};
};

/// @param metrics  of its steps, by their numbers
/// @param now      the worker's time
[[nodiscard]] WorkerStatus status_of(const std::vector<std::unique_ptr<Stage>>& stages, const Waits& waits,
                                     const std::map<std::size_t, runtime::StepMetrics>& metrics, runtime::Steady now);

}  // namespace weir::detail::worker
