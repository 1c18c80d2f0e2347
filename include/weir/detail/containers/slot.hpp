#pragma once

#include <cstdint>

namespace weir::detail::containers {

/// The number of a key in a step, at least as long as the step keeps state for the key; then another key gets it.
using Slot = std::uint32_t;

}  // namespace weir::detail::containers
