#pragma once

#include <cstddef>

namespace weir::detail::snapshot {

/// Which step of the dataflow, in the order in which steps were added. Converts to its number where one is asked for.
struct StepNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

}  // namespace weir::detail::snapshot
