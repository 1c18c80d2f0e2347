#pragma once

#include <compare>
#include <cstdint>

namespace weir {

/// Which of a run's workers: 0 to count - 1. Converts to its number where one is asked for.
struct WorkerIndex {
  std::uint32_t value = 0;
  constexpr operator std::uint32_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// How many workers a run has: 1 to 1,024.
struct WorkerCount {
  std::uint32_t value = 1;
  constexpr operator std::uint32_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// The number of the input's slice between two barriers; the first is 1.
struct Epoch {
  std::uint64_t value = 1;
  friend constexpr auto operator<=>(const Epoch&, const Epoch&) = default;
};

/// A key's hash: the same on every machine and in every version of weir.
struct KeyHash {
  std::uint64_t value = 0;
  friend constexpr bool operator==(const KeyHash&, const KeyHash&) = default;
};

/// Where a callable runs.
struct WorkerContext {
  WorkerIndex index;
  WorkerCount count;
};

}  // namespace weir
