#pragma once

#include <chrono>

namespace weir::detail::os {

/// How far the system's clock is ahead of the steady one. The only reading of the system's clock in a run: workers are
/// told the steady time and this difference, so that their driver decides what time it is.
std::chrono::nanoseconds system_offset();

}  // namespace weir::detail::os
