#pragma once

#include <cstdint>
#include <random>

namespace weir::detail::os {

/// A seed that cannot be predicted.
inline std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace weir::detail::os
