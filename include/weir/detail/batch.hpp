#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Items so small that the call which hands one on takes longer than the item does: these go on in batches.
template <typename T>
inline constexpr bool kBatched = std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T> &&
                                 std::is_default_constructible_v<T> && sizeof(T) <= 32;

/// Up to `kItems` small items; nothing for items that are not.
template <typename T>
class Batch {};

template <typename T>
  requires(kBatched<T>)
class Batch<T> {
 public:
  static constexpr std::uint32_t kItems = 64;

  /// True when it is full then, so that `take` must come before the next item.
  bool put(const T& item) noexcept {
    std::construct_at(items() + count_, item);
    return ++count_ == kItems;
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  /// What was put in, to be used before the next `put`.
  [[nodiscard]] std::span<T> take() noexcept { return {items(), std::exchange(count_, 0)}; }

 private:
  [[nodiscard]] T* items() noexcept { return reinterpret_cast<T*>(bytes_); }

  alignas(T) std::byte bytes_[kItems * sizeof(T)];
  std::uint32_t count_ = 0;
};

/// A batch for every worker, for small items that go to different ones; nothing for items that are not small.
template <typename T>
class BatchesByWorker {
 public:
  explicit BatchesByWorker(std::size_t /*workers*/) {}
};

template <typename T>
  requires(kBatched<T>)
class BatchesByWorker<T> {
 public:
  explicit BatchesByWorker(std::size_t workers)
      : items_{std::make_unique_for_overwrite<T[]>(workers * kItems)}, slots_(workers) {
    for (std::size_t worker = 0; worker < workers; ++worker) {
      T* const begin = items_.get() + worker * kItems;
      slots_[worker] = {begin, begin + kItems};
    }
  }

  /// True when the worker's batch is full then, so that `take` must come before its next item.
  bool put(std::size_t worker, const T& item) noexcept {
    Slot& slot = slots_[worker];
    *slot.next++ = item;
    return slot.next == slot.end;
  }

  /// What was put in for the worker, to be used before its next `put`.
  [[nodiscard]] std::span<T> take(std::size_t worker) noexcept {
    T* const begin = slots_[worker].end - kItems;
    return {begin, std::exchange(slots_[worker].next, begin)};
  }

  [[nodiscard]] std::size_t workers() const noexcept { return slots_.size(); }

 private:
  static constexpr std::size_t kItems = Batch<T>::kItems;

  struct Slot {
    T* next;
    T* end;
  };

  std::unique_ptr<T[]> items_;
  std::vector<Slot> slots_;
};

}  // namespace weir::detail
