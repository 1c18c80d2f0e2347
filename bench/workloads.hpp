#pragma once

#include <cstddef>
#include <cstdint>

#include <weir/weir.hpp>

#include "latency_histogram.hpp"

namespace weir::bench {

/// What a run found, in numbers that no order of the work changes, and how long it took.
struct Outcome {
  std::uint64_t events = 0;   ///< what the rate counts: events, words or records
  std::uint64_t outputs = 0;  ///< results that reached the sinks: figures, distinct words, records
  std::uint64_t sum = 0;      ///< over them: of the figures, of the squared counts, the xor of the records
  double seconds = 0;
  Latencies latencies{};  ///< where they were measured
};

/// One worker's sums, on cache lines of their own.
struct alignas(128) Tally {
  std::uint64_t outputs = 0;
  std::uint64_t sum = 0;
};

/// How weir runs a workload.
struct Setup {
  std::size_t workers = 1;
  ExchangeMode exchange = ExchangeMode::kCereal;
};

}  // namespace weir::bench
