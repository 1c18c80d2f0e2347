#pragma once

#include <cstdint>

#include "workloads.hpp"

namespace weir::bench {

/// The search sessions of `users` users in one hand-written loop on one thread, without any runtime.
Outcome hand_written_sessions(std::uint64_t users);

}  // namespace weir::bench
