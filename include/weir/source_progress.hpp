#pragma once

#include <cstdint>

namespace weir {

/// How much of its input a source's partition has read.
struct SourceProgress {
  /// What is counted.
  enum class Unit : std::uint8_t { kItems, kBytes };

  std::uint64_t done = 0;    ///< read so far, in `unit`, also by earlier runs
  std::uint64_t total = 0;   ///< at least `done`; as much as is there now, for an input that grows
  Unit unit = Unit::kItems;  ///< of `done` and `total`
  bool grows = false;        ///< more may come, so the rest is a lag and not the way to the end
};

}  // namespace weir
