#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace weir::detail::containers {

/// The part of `std::optional` that states of keys need. A `[[no_unique_address]]` neighbour after it may share the
/// bytes after its flag, so that entries of tables are smaller.
template <typename T>
class PackedOptional {
 public:
  PackedOptional() noexcept {}  // NOLINT(modernize-use-equals-default): the union has no default
  PackedOptional(PackedOptional&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (other.has_value_) {
      emplace(std::move(*other));
    }
  }
  PackedOptional(const PackedOptional& other)
    requires std::is_copy_constructible_v<T>
  {
    if (other.has_value_) {
      emplace(*other);
    }
  }
  PackedOptional& operator=(PackedOptional&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (this != &other) {
      reset();
      if (other.has_value_) {
        emplace(std::move(*other));
      }
    }
    return *this;
  }
  ~PackedOptional() { reset(); }

  explicit operator bool() const noexcept { return has_value_; }
  [[nodiscard]] T& operator*() noexcept { return value_; }
  [[nodiscard]] const T& operator*() const noexcept { return value_; }
  [[nodiscard]] T* operator->() noexcept { return &value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &value_; }

  template <typename... Args>
  T& emplace(Args&&... args) {
    reset();
    std::construct_at(&value_, std::forward<Args>(args)...);
    has_value_ = true;
    return value_;
  }
  void reset() noexcept {
    if (has_value_) {
      std::destroy_at(&value_);
      has_value_ = false;
    }
  }

 private:
  union {
    T value_;  // NOLINT(readability-identifier-naming): it is private, as the union is
  };
  bool has_value_ = false;
};

}  // namespace weir::detail::containers
