#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir::detail::containers {

/// A queue of bounded size that many threads push into and one at a time pops from, without locks.
///
/// Each cell carries the number of the push or pop that may use it next: a push takes the cell whose number is its own,
/// and leaves that number plus one for the pop.
/// @see D. Vyukov, "Bounded MPMC queue", 2010, https://www.1024cores.net
template <typename T>
class BoundedQueue {
  static_assert(std::is_nothrow_move_constructible_v<T>, "a push that has its cell must not fail");

 public:
  /// @param capacity  rounded up to a power of two
  explicit BoundedQueue(std::size_t capacity)
      : mask_{std::bit_ceil(capacity < 2 ? 2 : capacity) - 1}, cells_{std::make_unique<Cell[]>(mask_ + 1)} {
    for (std::size_t i = 0; i <= mask_; ++i) {
      cells_[i].number.store(i, std::memory_order_relaxed);
    }
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;
  ~BoundedQueue() {
    while (pop([](T&&) {})) {
    }
  }

  /// False, and the item is unchanged, if there is no room. From any thread.
  bool try_push(T& item) {
    std::uint64_t push = pushes_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = cells_[push & mask_];
      const std::uint64_t number = cell.number.load(std::memory_order_acquire);  // pairs with the store in pop
      if (number == push) {
        if (pushes_.compare_exchange_weak(push, push + 1, std::memory_order_relaxed)) {
          std::construct_at(&cell.item, std::move(item));
          cell.number.store(push + 1, std::memory_order_release);  // pairs with the load in pop
          return true;
        }
      } else if (number < push) {
        return false;
      } else {
        push = pushes_.load(std::memory_order_relaxed);
      }
    }
  }

  /// Hands the oldest item to `use`; false if there is none. From one thread at a time.
  template <typename Use>
  bool pop(Use use) {
    Cell& cell = cells_[pops_ & mask_];
    if (cell.number.load(std::memory_order_acquire) != pops_ + 1) {  // pairs with the store in try_push
      return false;
    }
    T item = std::move(cell.item);
    std::destroy_at(&cell.item);
    cell.number.store(pops_ + mask_ + 1, std::memory_order_release);  // pairs with the load in try_push
    ++pops_;
    use(std::move(item));
    return true;
  }

  /// How many pushes have begun. From the popping thread: the number that it may wait for.
  [[nodiscard]] std::uint64_t pushes() const noexcept { return pushes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t pops() const noexcept { return pops_; }

 private:
  struct Cell {
    Cell() noexcept {}   // NOLINT(modernize-use-equals-default): the item is made by a push
    ~Cell() noexcept {}  // NOLINT(modernize-use-equals-default): and destroyed by a pop
    std::atomic<std::uint64_t> number{0};
    union {
      T item;
    };
  };

  std::size_t mask_;
  std::unique_ptr<Cell[]> cells_;
  alignas(128) std::atomic<std::uint64_t> pushes_{0};
  alignas(128) std::uint64_t pops_ = 0;
};

}  // namespace weir::detail::containers
