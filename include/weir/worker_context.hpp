#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>

namespace weir {
namespace detail::runtime {
class StepMetrics;
}

/// Which of a run's workers: 0 to count - 1. Converts to its number where one is asked for.
struct WorkerIndex {
  std::uint32_t value = 0;                                             ///< counted from 0
  constexpr operator std::uint32_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// How many workers a run has: 1 to 1,024.
struct WorkerCount {
  std::uint32_t value = 1;                                             ///< the same for the whole run
  constexpr operator std::uint32_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// The number of the input's slice between two barriers; the first is 1.
struct Epoch {
  std::uint64_t value = 1;  ///< rises by one at each barrier, also over restarts
  friend constexpr auto operator<=>(const Epoch&, const Epoch&) = default;  ///< the earlier one is less
};

/// A key's hash: the same on every machine and in every version of weir.
struct KeyHash {
  std::uint64_t value = 0;  ///< all 64 bits are mixed
  /// Equal keys have equal hashes; the reverse does not hold.
  friend constexpr bool operator==(const KeyHash&, const KeyHash&) = default;
};

class Counter;
class Gauge;
class Histogram;

/// Where a callable runs.
struct WorkerContext {
  WorkerIndex index;                                ///< of the worker that calls it
  WorkerCount count;                                ///< of the run
  detail::runtime::StepMetrics* metrics = nullptr;  ///< for weir itself; null: nothing is measured

  /// Registers a metric of the program's own for this step and worker, and gives the handle; include weir/metrics.hpp.
  /// The same name gives the same metric.
  /// @param name  lower-case letters, digits and `_`; a counter's ends with `_total` where Prometheus shows it
  /// @param help  what it measures, and its unit
  /// @throws BuildError  if the name is malformed, or taken by a metric of another kind, help or bounds
  [[nodiscard]] Counter counter(const char* name, const char* help) const;
  [[nodiscard]] Gauge gauge(const char* name, const char* help) const;  ///< as `counter`, for a value that also falls
  /// @param name    lower-case letters, digits and `_`
  /// @param help    what it measures, and its unit
  /// @param bounds  rising; each is the greatest value of its bucket
  [[nodiscard]] Histogram histogram(const char* name, const char* help, std::initializer_list<double> bounds) const;
};

}  // namespace weir
