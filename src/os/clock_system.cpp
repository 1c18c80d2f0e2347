#include "os/clock_system.hpp"

#include "os/steady_clock.hpp"

namespace weir::detail::os {

// The steady clock is read last: a thread that is suspended between the two readings then gives less, and never more,
// so that the greatest of many readings is right.
std::chrono::nanoseconds system_offset() {
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  return system - steady_now().time_since_epoch();
}

}  // namespace weir::detail::os
