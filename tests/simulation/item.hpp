#pragma once

#include <compare>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir::simulation {

/// What flows in simulated runs.
struct Item {
  std::uint32_t key = 0;
  std::uint64_t value = 0;
  /// The epoch in which its input was read; 0 for what the end of the input made. Set by the steps that look.
  mutable std::uint64_t epoch = 0;
  std::int64_t second = 0;  ///< when it happened

  friend bool operator==(const Item& a, const Item& b) { return a.key == b.key && a.value == b.value; }
  friend auto operator<=>(const Item& a, const Item& b) {
    return std::pair{a.key, a.value} <=> std::pair{b.key, b.value};
  }
};

using Items = std::vector<Item>;

}  // namespace weir::simulation
