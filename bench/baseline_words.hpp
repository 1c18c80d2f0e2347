#pragma once

#include <cstdint>

#include "workloads.hpp"

namespace weir::bench {

/// The word counts of `lines` lines in one hand-written loop on one thread, without any runtime.
Outcome hand_written_words(std::uint64_t lines);

}  // namespace weir::bench
