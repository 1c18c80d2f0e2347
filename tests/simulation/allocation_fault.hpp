#pragma once

#include <cstdint>

namespace weir::simulation {

/// Whether allocations can be made to fail: the thread sanitizer has its own.
[[nodiscard]] bool allocations_can_fail();

/// Lets one allocation of this process fail: the `at`-th of those that are counted; 0: none does. Where this is linked,
/// all `operator new` goes through it.
void fail_allocation(std::uint64_t at);

/// Whether allocations are counted from here on.
void count_allocations(bool counted);

/// How many were counted since `fail_allocation`.
[[nodiscard]] std::uint64_t counted_allocations();

}  // namespace weir::simulation
