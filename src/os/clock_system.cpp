#include "os/clock_system.hpp"

#include "os/steady_clock.hpp"

namespace weir::os {

std::chrono::nanoseconds system_offset() {
  return std::chrono::system_clock::now().time_since_epoch() - steady_now().time_since_epoch();
}

}  // namespace weir::os
