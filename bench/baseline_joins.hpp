#pragma once

#include <cstdint>

#include "workloads.hpp"

namespace weir::bench {

/// J, of two streams of `items` each, in one hand-written loop on one thread, without any runtime.
Outcome hand_written_join(std::uint64_t items);

}  // namespace weir::bench
