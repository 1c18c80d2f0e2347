#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace weir::interleaving {

/// How often a test repeats what needs many repetitions: `count` times the environment variable WEIR_TEST_SCALE, which
/// is 1 where it is not set (0.02 for a build with sanitizers, 10 for a night). At least 1.
[[nodiscard]] inline std::uint64_t scaled(std::uint64_t count) {
  const char* const text = std::getenv("WEIR_TEST_SCALE");
  const double scale = text == nullptr ? 1.0 : std::strtod(text, nullptr);
  return std::max(std::uint64_t{1}, static_cast<std::uint64_t>(static_cast<double>(count) * std::max(scale, 0.0)));
}

}  // namespace weir::interleaving
