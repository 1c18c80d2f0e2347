#pragma once

#include <vector>

#include "options.hpp"
#include "result.hpp"

namespace weir::bench {

/// Measures, where events come at a fixed rate, how long after the last event of a session was due its last figure
/// arrives, on two workers beside the floor, which has two threads; prints a row of a table for each rate and side.
/// @throws std::runtime_error  if both sides do not find the same
std::vector<LatencyResult> measure_latencies(const Options& options);

}  // namespace weir::bench
