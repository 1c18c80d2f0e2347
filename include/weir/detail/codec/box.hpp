#pragma once

#include <cstddef>
#include <memory>

#include "weir/copyable.hpp"
#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/codec.hpp"

namespace weir::detail::codec {

/// A value that is rarely present; an absent one takes a pointer. A copy has a value of its own. Serialized as a
/// `std::optional`.
template <typename T>
class Box {
 public:
  Box() = default;
  Box(const Box& other)
    requires copyable<T>
      : value_{other ? std::make_unique<T>(*other) : nullptr} {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box&) = delete;
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  [[nodiscard]] T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T* operator->() const noexcept { return value_.get(); }

  /// Makes the value if it is absent.
  T& get() {
    if (value_ == nullptr) {
      value_ = std::make_unique<T>();
    }
    return *value_;
  }
  void reset() noexcept { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

template <typename T>
struct Codec<Box<T>> {
  using Boxed = T;  // for Shape
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<T>;

  static void write(OutputArchive& archive, const Box<T>& box) {
    archive(static_cast<bool>(box));
    if (box) {
      Codec<T>::write(archive, *box);
    }
  }
  static void read(InputArchive& archive, Box<T>& box) {
    bool there = false;
    archive(there);
    box.reset();
    if (there) {
      Codec<T>::read(archive, box.get());
    }
  }
};

}  // namespace weir::detail::codec
