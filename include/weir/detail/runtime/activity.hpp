#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "weir/detail/runtime/numbers.hpp"

namespace weir::detail::runtime {

/// The current activity of a worker, for a profiler that samples it from another thread. Noting it costs a store.
class alignas(64) Activity {
 public:
  enum class Kind : std::uint8_t {
    kWork,         ///< the step's own code
    kSerialize,    ///< writes items for the step
    kDeserialize,  ///< reads items that came for the step
  };
  static constexpr std::uint32_t kKinds = 3;

  // Activities for no step.
  static constexpr std::uint32_t kRuntime = 0;
  static constexpr std::uint32_t kWaitsForInput = 1;
  static constexpr std::uint32_t kWaitsForRoom = 2;
  static constexpr std::uint32_t kFirstOfSteps = 3;

  [[nodiscard]] static constexpr std::uint32_t code(StepNumber step, Kind kind) noexcept {
    return kFirstOfSteps + static_cast<std::uint32_t>(step.value) * kKinds + static_cast<std::uint32_t>(kind);
  }

  /// The step that an activity is for; nothing if it is for none.
  [[nodiscard]] static constexpr std::optional<std::size_t> step_of(std::uint32_t code) noexcept {
    return code < kFirstOfSteps ? std::nullopt : std::optional<std::size_t>{(code - kFirstOfSteps) / kKinds};
  }

  /// The worker's own thread.
  void note(std::uint32_t code) noexcept { code_.store(code, std::memory_order_relaxed); }

  /// Any thread.
  [[nodiscard]] std::uint32_t look() const noexcept { return code_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> code_{kRuntime};  // publishes no other data
};

}  // namespace weir::detail::runtime
