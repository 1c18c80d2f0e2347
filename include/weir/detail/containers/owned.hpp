#pragma once

namespace weir::detail::containers {

/// Owns an object that stays where it is, or none. `std::unique_ptr` has three times as many functions, which is much
/// for types that each step of a program has of its own.
template <typename T>
class Owned {
 public:
  Owned() noexcept = default;
  /// Owns `made`.
  explicit Owned(T* made) noexcept : object_{made} {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { delete object_; }

  /// Only while it owns none. Owns `made`.
  void set(T* made) noexcept { object_ = made; }

  [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] T* operator->() const noexcept { return object_; }

 private:
  T* object_ = nullptr;
};

}  // namespace weir::detail::containers
