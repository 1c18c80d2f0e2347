#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace weir::faults {

/// Waits until it is true, or for so long that it never will be, and says whether it is. It is asked again and again,
/// since neither a run's own threads nor the use of the processor tell when they change.
inline bool comes_true(const std::function<bool()>& is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

}  // namespace weir::faults
