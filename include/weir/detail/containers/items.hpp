#pragma once

#include <cstddef>
#include <span>

namespace weir::detail::containers {

/// Values that lie one after another, for code that is compiled for each step of a program. `std::span` would check
/// concepts and have iterators for each type of item.
template <typename T>
class Items {
 public:
  constexpr Items() noexcept = default;
  constexpr Items(T* begin, std::size_t size) noexcept : begin_{begin}, size_{size} {}

  [[nodiscard]] constexpr T* begin() const noexcept { return begin_; }
  [[nodiscard]] constexpr T* end() const noexcept { return begin_ + size_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr T& front() const noexcept { return *begin_; }
  [[nodiscard]] constexpr T& operator[](std::size_t index) const noexcept { return begin_[index]; }

  [[nodiscard]] constexpr Items first(std::size_t count) const noexcept { return {begin_, count}; }
  [[nodiscard]] constexpr Items subspan(std::size_t index) const noexcept { return {begin_ + index, size_ - index}; }
  [[nodiscard]] constexpr Items subspan(std::size_t index, std::size_t count) const noexcept {
    return {begin_ + index, count};
  }

  [[nodiscard]] constexpr std::span<T> span() const noexcept { return {begin_, size_}; }

 private:
  T* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weir::detail::containers
