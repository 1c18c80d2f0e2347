#pragma once

#include <cstdint>

#include "workloads.hpp"

namespace weir::bench {

/// T in one hand-written loop on one thread, without any runtime.
Outcome hand_written_tumbling_windows(std::uint64_t events);

/// SL, likewise.
Outcome hand_written_sliding_windows(std::uint64_t events);

/// SE, likewise.
Outcome hand_written_session_windows(std::uint64_t events);

}  // namespace weir::bench
