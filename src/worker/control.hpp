#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "weir/worker_context.hpp"

namespace weir::worker {

/// What follows an epoch that the coordinator closes.
enum class Then : std::uint8_t {
  kContinue,
  kStop,  ///< nothing: the run was asked to stop
  kEnd,   ///< the end of the input
};

/// An order of the coordinator: close every epoch up to this one.
struct Order {
  Epoch epoch{0};
  Then then = Then::kContinue;
};

/// How the coordinator speaks to all workers. It writes, they read.
class Control {
 public:
  /// Orders come with rising epochs; nothing follows an order that does not continue.
  void publish(Order order) noexcept {
    order_.store(order.epoch.value << 2 | static_cast<std::uint64_t>(order.then), std::memory_order_release);
  }

  /// The snapshots of all epochs up to this one are durable.
  void publish_committed(Epoch epoch) noexcept { committed_.store(epoch.value, std::memory_order_release); }

  [[nodiscard]] Epoch committed() const noexcept {
    return Epoch{committed_.load(std::memory_order_acquire)};  // pairs with the store in publish_committed
  }

  /// How far the system's clock is ahead of the steady one.
  void publish_system_offset(std::chrono::nanoseconds offset) noexcept {
    system_offset_.store(offset.count(), std::memory_order_relaxed);
  }
  [[nodiscard]] std::chrono::nanoseconds system_offset() const noexcept {
    return std::chrono::nanoseconds{system_offset_.load(std::memory_order_relaxed)};  // publishes nothing but itself
  }

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
  std::atomic<std::uint64_t> order_{0};
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<std::int64_t> system_offset_{0};
  std::atomic<bool> aborted_{false};
};

}  // namespace weir::worker
