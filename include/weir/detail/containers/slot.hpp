#pragma once

#include <cstdint>

namespace weir::detail::containers {

/// A key of a step by number, at least for as long as the step keeps something of it; then another one gets it.
using Slot = std::uint32_t;

}  // namespace weir::detail::containers
