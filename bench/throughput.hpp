#pragma once

#include <vector>

#include "options.hpp"
#include "result.hpp"

namespace weir::bench {

/// Measures how many events a second weir deals with, each workload beside its opponent in turn, and prints a row of a
/// table for each.
/// @throws std::runtime_error  at the first wrong answer
std::vector<Result> measure_throughput(const Options& options);

}  // namespace weir::bench
