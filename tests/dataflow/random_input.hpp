#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "simulation/seeds.hpp"
#include "weir/testing.hpp"

namespace weir {

/// What is special about a random input.
enum class InputShape : std::uint8_t {
  kInOrder,     ///< the times of each partition ascend
  kOutOfOrder,  ///< some lie back, by up to 5 s
  kLate,        ///< a few lie back further than that
  kEmpty,       ///< there is nothing, or little in one partition
  kSingleKey,   ///< a few are late too
  kSkewed,      ///< nine in ten are of one key; a few are late too
};
inline constexpr std::array kInputShapes{InputShape::kInOrder, InputShape::kOutOfOrder, InputShape::kLate,
                                         InputShape::kEmpty,   InputShape::kSingleKey,  InputShape::kSkewed};

inline const char* name_of(InputShape shape) {
  constexpr std::array kNames{"in order", "out of order", "late", "empty", "single key", "skewed"};
  return kNames.at(static_cast<std::size_t>(shape));
}

/// What a random input is like.
struct InputPlan {
  InputShape shape;
  std::size_t partitions = 1;
  std::uint32_t keys = 1;
  std::size_t items = 60;  ///< of a partition, at most
  std::int64_t step = 3;   ///< the next item lies this many seconds further, at most
  bool late = true;        ///< whether any may be late
};

/// Where an item of a random input lies.
struct Place {
  std::uint32_t key;
  std::int64_t second;
};

/// Partitions of random items, a test's random numbers besides.
inline std::vector<std::vector<Place>> random_places(simulation::Rng& rng, const InputPlan& plan) {
  std::vector<std::vector<Place>> all(plan.partitions);
  const bool is_late = plan.late && plan.shape >= InputShape::kLate;
  const std::size_t filled = rng.percent(50) ? plan.partitions : rng.below(plan.partitions);
  for (std::size_t p = 0; p < all.size(); ++p) {
    const bool is_empty = plan.shape == InputShape::kEmpty && p != filled;
    std::int64_t now = static_cast<std::int64_t>(rng.below(20)) - 10;
    for (std::uint64_t count = is_empty ? 0 : rng.below(plan.items); count > 0; --count) {
      now += static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(plan.step) + 1));
      const std::uint64_t back = plan.shape == InputShape::kInOrder ? 0
                                 : rng.percent(30)                  ? rng.below(6)
                                 : is_late && rng.percent(10)       ? rng.below(60)
                                                                    : 0;
      const bool is_first_key =
          plan.shape == InputShape::kSingleKey || (plan.shape == InputShape::kSkewed && rng.percent(90));
      const auto key = is_first_key ? 0 : static_cast<std::uint32_t>(rng.below(plan.keys));
      all[p].push_back({key, now - static_cast<std::int64_t>(back)});
    }
  }
  return all;
}

/// Calls `check(rng, shape, workers)` for each seed; they go through all shapes at every worker count in turn.
/// WEIR_TEST_SEED=S runs that seed alone.
template <typename Check>
void for_random_inputs(std::uint64_t seeds, Check check) {
  constexpr std::size_t kCounts = testing::kWorkerCounts.size();
  for (const std::uint64_t seed : simulation::seeds(seeds)) {
    const InputShape shape = kInputShapes.at(seed / kCounts % kInputShapes.size());
    const std::size_t workers = testing::kWorkerCounts.at(seed % kCounts);
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed) + ": " + name_of(shape) + ", " + std::to_string(workers) +
                 " workers");
    simulation::Rng rng{seed};
    check(rng, shape, workers);
    if (::testing::Test::HasFatalFailure()) {
      return;
    }
  }
}

}  // namespace weir
