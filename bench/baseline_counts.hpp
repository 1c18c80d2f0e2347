#pragma once

#include <cstdint>

#include "workloads.hpp"

namespace weir::bench {

/// Counts `numbers` numbers by themselves in one hand-written loop on one thread, without any runtime. 100,000 of them
/// are different.
Outcome hand_written_counts(std::uint64_t numbers);

/// The same with 1,000 different ones.
Outcome hand_written_few_counts(std::uint64_t numbers);

}  // namespace weir::bench
