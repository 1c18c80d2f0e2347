#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "interleaving/test_scale.hpp"

namespace weir::simulation {

/// WEIR_TEST_SEED=S runs that seed alone.
inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("WEIR_TEST_SEED")) {
    return {std::strtoull(one, nullptr, 10)};
  }
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= interleaving::scaled(count); ++seed) {
    all.push_back(seed);
  }
  return all;
}

}  // namespace weir::simulation
