#pragma once

#include <cstdint>
#include <limits>

namespace weir::detail::containers {

/// The number of a key in a step, at least as long as the step keeps state for the key; then another key gets it.
using Slot = std::uint32_t;

/// Stands for the slot of a key that has none.
inline constexpr Slot kNoSlot = std::numeric_limits<Slot>::max();

}  // namespace weir::detail::containers
