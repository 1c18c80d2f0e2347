#pragma once

#include <cstddef>

#include <malloc.h>

namespace weir::tests::kafka {

inline constexpr std::size_t kMiB = std::size_t{1} << 20;

/// What this process has allocated: weir, librdkafka and the test. 0 where a sanitizer has its own allocator.
[[nodiscard]] inline std::size_t allocated_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace weir::tests::kafka
