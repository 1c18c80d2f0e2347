#pragma once

#include <cstdint>

namespace weir::detail::os {

/// How much memory of this process is resident, in bytes; 0 if the system does not say.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace weir::detail::os
