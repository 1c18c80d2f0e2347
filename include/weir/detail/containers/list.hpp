#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/items.hpp"

namespace weir::detail::containers {

/// Memory for values that are aligned so.
[[nodiscard]] inline void* new_room(std::size_t bytes, std::size_t alignment) {
  return alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ ? ::operator new(bytes)
                                                       : ::operator new(bytes, std::align_val_t{alignment});
}
inline void free_room(void* room, std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    ::operator delete(room, bytes);
  } else {
    ::operator delete(room, bytes, std::align_val_t{alignment});
  }
}

/// Values one after another, as in a `std::vector`, for code that is compiled for each step of a program. It has the
/// few functions that such code needs. A `std::vector` brings about twenty for each type of value, and took a tenth of
/// the compile time of a program of twenty steps.
template <typename T>
class List {
 public:
  List() noexcept = default;
  /// With values that are made of nothing.
  explicit List(std::size_t size) { grow(size); }
  List(List&& other) noexcept { take(other); }
  List& operator=(List&& other) noexcept {
    const List old{std::move(*this)};
    take(other);
    return *this;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    if (begin_ != nullptr) {
      shrink(0);
      free_room(begin_, room_ * sizeof(T), alignof(T));
    }
  }

  [[nodiscard]] T* begin() noexcept { return begin_; }
  [[nodiscard]] T* end() noexcept { return begin_ + size_; }
  [[nodiscard]] const T* begin() const noexcept { return begin_; }
  [[nodiscard]] const T* end() const noexcept { return begin_ + size_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return begin_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return begin_[index]; }
  [[nodiscard]] T& front() noexcept { return *begin_; }
  [[nodiscard]] T& back() noexcept { return begin_[size_ - 1]; }
  [[nodiscard]] Items<T> items() noexcept { return {begin_, size_}; }

  /// The value must not be one of the list's.
  T& push_back(T&& value) {
    if (size_ == room_) [[unlikely]] {
      make_room(size_ == 0 ? 1 : size_ * 2);
    }
    T* const to = ::new (static_cast<void*>(end())) T(std::move(value));
    ++size_;
    return *to;
  }
  void pop_back() noexcept { shrink(size_ - 1); }
  void clear() noexcept { shrink(0); }

  /// Removes the values from this index on.
  void shrink(std::size_t size) noexcept {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      for (T* value = begin_ + size; value != end(); ++value) {
        value->~T();
      }
    }
    size_ = size;
  }
  /// Adds values that are made of nothing, up to this size.
  void grow(std::size_t size) {
    if (size > room_) {
      make_room(size < size_ * 2 ? size_ * 2 : size);
    }
    if constexpr (std::is_nothrow_default_constructible_v<T>) {
      T* to = end();
      for (T* const last = begin_ + size; to < last; ++to) {
        ::new (static_cast<void*>(to)) T();
      }
      size_ = size > size_ ? size : size_;
    } else {
      for (; size_ < size; ++size_) {
        ::new (static_cast<void*>(end())) T();
      }
    }
  }

 private:
  // Only while it has no memory.
  void take(List& other) noexcept {
    begin_ = other.begin_;
    size_ = other.size_;
    room_ = other.room_;
    other.begin_ = nullptr;
    other.size_ = 0;
    other.room_ = 0;
  }

  // Off the path of an item. If copying a value throws, the values are as before.
  [[gnu::cold, gnu::noinline]] void make_room(std::size_t room) {
    List larger;
    larger.begin_ = static_cast<T*>(new_room(room * sizeof(T), alignof(T)));
    larger.room_ = room;
    for (T& value : *this) {
      if constexpr (std::is_nothrow_move_constructible_v<T> || !std::is_copy_constructible_v<T>) {
        ::new (static_cast<void*>(larger.end())) T(std::move(value));
      } else {
        ::new (static_cast<void*>(larger.end())) T(value);
      }
      ++larger.size_;
    }
    *this = std::move(larger);
  }

  T* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace weir::detail::containers
