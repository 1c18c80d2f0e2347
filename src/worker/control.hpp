#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/detail/runtime/numbers.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::worker {

/// What follows an epoch that the coordinator closes.
enum class Then : std::uint8_t {
  kContinue,
  kStop,         ///< nothing: the run was asked to stop
  kEnd,          ///< the end of the input
  kStopReading,  ///< decided once the epoch has passed; sources take nothing more
};

/// Whether sources are to take nothing more.
[[nodiscard]] constexpr bool stops(Then then) noexcept { return then == Then::kStop || then == Then::kStopReading; }

/// An order of the coordinator: close every epoch up to this one.
struct Order {
  Epoch epoch{0};
  Then then = Then::kContinue;
};

/// What time it is by the system's clock.
struct SystemTime {
  Time elapsed;  ///< the time as the run began, plus the steady time since
  Time wall;     ///< the same, but ahead by as much as the clock was set forward since
};

/// How the coordinator speaks to all workers. It writes, they read.
class Control {
 public:
  /// Orders come with rising epochs; nothing follows one that stops or ends.
  void publish(Order order) noexcept {
    order_.store(order.epoch.value << 2 | static_cast<std::uint64_t>(order.then), std::memory_order_release);
  }

  /// The snapshots of all epochs up to this one are durable.
  void publish_committed(Epoch epoch) noexcept { committed_.store(epoch.value, std::memory_order_release); }

  [[nodiscard]] Epoch committed() const noexcept {
    return Epoch{committed_.load(std::memory_order_acquire)};  // pairs with the store in publish_committed
  }

  /// How far the system's clock is ahead of the steady one as the run begins. Before any worker reads it.
  void begin_system_time(std::chrono::nanoseconds offset) noexcept {
    first_offset_ = within_reach(offset);
    wall_offset_.store(first_offset_.count(), std::memory_order_relaxed);
  }
  /// The same again: the clock may have been set, or the machine may have slept. If it was set back, time advances from
  /// where it was.
  void publish_system_offset(std::chrono::nanoseconds offset) noexcept {
    const std::int64_t latest = std::max(wall_offset_.load(std::memory_order_relaxed), within_reach(offset).count());
    wall_offset_.store(latest, std::memory_order_relaxed);  // publishes nothing but itself
  }
  [[nodiscard]] SystemTime system_time(runtime::Steady now) const noexcept {
    return {Time{now.time_since_epoch() + first_offset_},
            Time{now.time_since_epoch() + std::chrono::nanoseconds{wall_offset_.load(std::memory_order_relaxed)}}};
  }

  /// Before any worker runs: so many steps may have to wait before they read.
  void hold_steps(std::size_t count) { released_ = std::vector<std::atomic<bool>>(count); }

  /// The input has nothing more to wait for.
  void release(runtime::StepNumber step) noexcept { released_[step].store(true, std::memory_order_release); }

  [[nodiscard]] bool released(runtime::StepNumber step) const noexcept {
    return released_[step].load(std::memory_order_acquire);  // pairs with the store in release
  }

  /// Asks every worker to tell of itself. Workers that sleep must be woken to see it.
  void ask() noexcept { questions_.fetch_add(1, std::memory_order_relaxed); }

  /// How often they were asked.
  [[nodiscard]] std::uint32_t questions() const noexcept { return questions_.load(std::memory_order_relaxed); }

  /// Everything stops at its next step; the open epoch is lost.
  void abort() noexcept { aborted_.store(true, std::memory_order_release); }

  [[nodiscard]] Order order() const noexcept {
    const std::uint64_t word = order_.load(std::memory_order_acquire);  // pairs with the store in publish
    return {Epoch{word >> 2}, static_cast<Then>(word & 3)};
  }

  [[nodiscard]] bool aborted() const noexcept {
    return aborted_.load(std::memory_order_acquire);  // pairs with the store in abort
  }
  [[nodiscard]] const std::atomic<bool>& abort_flag() const noexcept { return aborted_; }

 private:
  // A clock that is wrong by more than a century would take windows out of the reach of event times.
  static std::chrono::nanoseconds within_reach(std::chrono::nanoseconds offset) noexcept {
    constexpr std::chrono::nanoseconds kFar = std::chrono::hours{24 * 365 * 140};
    return std::clamp(offset, -kFar, kFar);
  }

  std::atomic<std::uint64_t> order_{0};
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<std::uint32_t> questions_{0};  // publishes no other data
  std::chrono::nanoseconds first_offset_{0};
  std::atomic<std::int64_t> wall_offset_{0};
  std::vector<std::atomic<bool>> released_;  // by number of the step
  std::atomic<bool> aborted_{false};
};

}  // namespace weir::detail::worker
