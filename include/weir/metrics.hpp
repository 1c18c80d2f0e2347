#pragma once

#include <cstddef>
#include <cstdint>

#include "weir/detail/runtime/user_metric.hpp"
#include "weir/worker_context.hpp"

namespace weir {
// Metrics of a program's own, which a step registers for each worker:
//
//     lines | op::map("parse", weir::per_worker([](weir::WorkerContext worker) {
//       return [bytes = worker.counter("parsed_bytes", "Bytes of lines that were parsed")](std::string&& line) mutable
//       {
//         bytes.add(line.size());
//         return parse(line);
//       };
//     }))
//
// They appear under their step in whatever shows a run. A handle is cheap to copy. Use it only where the step's code
// runs, on its worker: it has no lock. A handle of a context that belongs to no run, as in a test, measures nothing.

/// A number that only grows.
class Counter {
 public:
  Counter() = default;
  /// For weir itself; `WorkerContext::counter` makes one.
  explicit Counter(detail::runtime::UserMetric* metric) : metric_{metric} {}

  /// Adds to the worker's part; the metric shows the sum over all workers. Cheap enough for each item.
  void add(std::uint64_t count = 1) noexcept {
    if (metric_ != nullptr) {
      metric_->count += count;
    }
  }

 private:
  detail::runtime::UserMetric* metric_ = nullptr;
};

/// A number that goes up and down.
class Gauge {
 public:
  Gauge() = default;
  /// For weir itself; `WorkerContext::gauge` makes one.
  explicit Gauge(detail::runtime::UserMetric* metric) : metric_{metric} {}

  /// Replaces the worker's part; the metric shows the sum over all workers.
  void set(double value) noexcept {
    if (metric_ != nullptr) {
      metric_->value = value;
    }
  }
  /// Adds to the worker's part, which may go down too.
  void add(double value) noexcept {
    if (metric_ != nullptr) {
      metric_->value += value;
    }
  }

 private:
  detail::runtime::UserMetric* metric_ = nullptr;
};

/// How often values lie between bounds. A value that is not a number is not counted.
class Histogram {
 public:
  Histogram() = default;
  /// For weir itself; `WorkerContext::histogram` makes one.
  explicit Histogram(detail::runtime::UserMetric* metric) : metric_{metric} {}

  /// Counts a value in its bucket; a NaN is dropped.
  void observe(double value) noexcept {
    if (metric_ == nullptr || value != value) {
      return;
    }
    ++metric_->count;
    metric_->value += value;
    for (std::size_t bucket = 0; bucket < metric_->bounds.size(); ++bucket) {
      if (value <= metric_->bounds[bucket]) {
        ++metric_->buckets[bucket];
        return;
      }
    }
  }

 private:
  detail::runtime::UserMetric* metric_ = nullptr;
};

}  // namespace weir
