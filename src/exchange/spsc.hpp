#pragma once

#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weir::detail::exchange {

/// A bounded first-in first-out queue between exactly two threads, the producer and the consumer. Neither side ever
/// blocks, takes a lock or allocates.
///
/// Head and tail count up for ever and are masked into the ring, so no slot is wasted and a capacity of 1 works. Each
/// side keeps a copy of the other side's index on its own cache line and reads the shared one only when the copy says
/// that the ring is full or empty.
///
/// @tparam T       moves without throwing; needs no default constructor
/// @tparam Atomic  `std::atomic`, or a model of it in tests
/// @see Source of the method: Lamport, "Proving the Correctness of Multiprocess Programs", 1977; the cached indices are
///      those of MCRingBuffer (Lee, Bu, Chandranmenon, 2010).
template <typename T, template <typename> class Atomic = std::atomic>
class Spsc {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                "Spsc: T must be movable without throwing; an item must not be lost half way");
  static_assert(std::is_nothrow_destructible_v<T>, "Spsc: T must have a destructor that does not throw");

 public:
  /// @param capacity  at least 1; rounded up to a power of two
  explicit Spsc(std::size_t capacity)
      : mask_{std::bit_ceil(std::uint64_t{capacity}) - 1}, slots_{std::make_unique_for_overwrite<Slot[]>(mask_ + 1)} {
    assert(capacity >= 1 && "a ring has room for at least one item");
  }

  Spsc(const Spsc&) = delete;
  Spsc& operator=(const Spsc&) = delete;

  /// Destroys the items that were not taken. Both sides must have finished, and the caller must know it (a join).
  ~Spsc() {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    for (std::uint64_t head = head_.load(std::memory_order_relaxed); head != tail; ++head) {
      std::destroy_at(item(head));
    }
  }

  /// Any thread.
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

  /// Producer only. Moves from `value` if there is room, else leaves it as it is and returns false.
  [[nodiscard]] bool try_push(T&& value) noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (!has_room_at(tail)) {
      return false;
    }
    std::construct_at(item(tail), std::move(value));
    tail_.store(tail + 1, std::memory_order_release);  // pairs with the loads in try_pop and empty
    return true;
  }

  /// Producer only. After true, the next `try_push` succeeds.
  [[nodiscard]] bool has_room() noexcept { return has_room_at(tail_.load(std::memory_order_relaxed)); }

  /// Consumer only. Moves the oldest item into `out`, or returns false and leaves `out` as it is.
  [[nodiscard]] bool try_pop(T& out) noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == cached_tail_) {
      cached_tail_ = tail_.load(std::memory_order_acquire);  // pairs with the store in try_push
      if (head == cached_tail_) {
        return false;
      }
    }
    T* const oldest = item(head);
    out = std::move(*oldest);
    std::destroy_at(oldest);
    head_.store(head + 1, std::memory_order_release);  // pairs with the load in has_room_at
    return true;
  }

  /// Consumer only. After false, the next `try_pop` succeeds.
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire);  // pairs with try_push
  }

 private:
  // GCC 12 says 64 for the interference size, but x86 prefetches lines in adjacent pairs.
  static constexpr std::size_t kCacheLinePairBytes = 128;

  struct Slot {
    alignas(T) std::byte storage[sizeof(T)];
  };

  [[nodiscard]] bool has_room_at(std::uint64_t tail) noexcept {
    if (tail - cached_head_ <= mask_) {
      return true;
    }
    cached_head_ = head_.load(std::memory_order_acquire);  // pairs with the store in try_pop: the slot is free to reuse
    return tail - cached_head_ <= mask_;
  }

  [[nodiscard]] T* item(std::uint64_t index) noexcept {
    return std::launder(reinterpret_cast<T*>(slots_[index & mask_].storage));
  }

  // Read by both sides, written by none.
  const std::uint64_t mask_;
  const std::unique_ptr<Slot[]> slots_;

  // The producer's line.
  alignas(kCacheLinePairBytes) Atomic<std::uint64_t> tail_{0};
  std::uint64_t cached_head_{0};

  // The consumer's line.
  alignas(kCacheLinePairBytes) Atomic<std::uint64_t> head_{0};
  std::uint64_t cached_tail_{0};
};

}  // namespace weir::detail::exchange
