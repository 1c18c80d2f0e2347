#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

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

}  // namespace weir::detail
