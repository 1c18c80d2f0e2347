#pragma once

#include <utility>
#include <variant>

namespace weir::detail::containers {

template <typename T>
bool is_there(const T& value) noexcept {
  return static_cast<bool>(value);
}
template <typename... Ts>
bool is_there(const std::variant<std::monostate, Ts...>& value) noexcept {
  return value.index() != 0;
}

/// The part of `std::optional` that states of keys need, for a type whose values know whether they are present: `T{}`
/// is not. It takes no more bytes than the value, and neighbours may use the padding at the value's end.
template <typename T>
class OwnOptional {
 public:
  explicit operator bool() const noexcept { return is_there(value_); }
  [[nodiscard]] T& operator*() noexcept { return value_; }
  [[nodiscard]] const T& operator*() const noexcept { return value_; }
  [[nodiscard]] T* operator->() noexcept { return &value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &value_; }

  template <typename... Args>
  T& emplace(Args&&... args) {
    return value_ = T(std::forward<Args>(args)...);
  }
  void reset() { value_ = T{}; }

 private:
  [[no_unique_address]] T value_{};
};

}  // namespace weir::detail::containers
