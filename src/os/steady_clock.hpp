#pragma once

#include <chrono>

namespace weir::detail::os {

/// The only reading of a clock in a run; everything else gets the time handed to it.
inline std::chrono::steady_clock::time_point steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace weir::detail::os
