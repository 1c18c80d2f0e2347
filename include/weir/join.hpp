#pragma once

#include <chrono>
#include <cstdint>

namespace weir {

/// Which values of a side a join keeps for a key.
enum class JoinInsert : std::uint8_t {
  kFirst,    ///< the first
  kLast,     ///< the last
  kProduct,  ///< all; there is a row for each choice of one from each side
};

/// When a join emits the rows of a key.
enum class JoinEmit : std::uint8_t {
  kComplete,  ///< once each side has a value; the key is forgotten then
  kFinal,     ///< at the end of the input, or of the window; a side may be missing
  kRunning,   ///< after each value, all rows of the key as they are then; a side may be missing
};

/// For how long a join keeps the values of a key that gets no new value on any side, by the system's clock. The join
/// then drops them, as `op::time_to_live` does.
struct TimeToLive {
  std::chrono::nanoseconds duration;  ///< positive, and at most 36 years
};

}  // namespace weir
