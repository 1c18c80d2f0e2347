#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/box.hpp"
#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/container_codec.hpp"

namespace weir::detail::codec {

/// A sequence that mostly has one or two elements. The last two are stored in place, without an allocation or a pointer
/// to follow. Serialized as a `std::vector`.
template <typename T>
class Few {
 public:
  [[nodiscard]] bool empty() const noexcept { return at_hand_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return std::size_t{before_size_} + at_hand_; }
  [[nodiscard]] T& operator[](std::size_t index) {
    return index + 1 == size() ? last_ : index >= before_size_ ? last_but_one_ : (*before_)[index];
  }

  /// The only element for which `is_wanted(element)`, if all are in place; null if there is none or several.
  template <typename IsWanted>
  [[nodiscard]] T* find_only(IsWanted is_wanted) {
    if (before_size_ > 0 || at_hand_ == 0) {
      return nullptr;
    }
    if (is_wanted(last_)) {
      return at_hand_ == 1 || !is_wanted(last_but_one_) ? &last_ : nullptr;
    }
    return at_hand_ > 1 && is_wanted(last_but_one_) ? &last_but_one_ : nullptr;
  }

  void push_back(T value) {
    if (at_hand_ > 0) {
      insert_before_last(std::exchange(last_, std::move(value)));
    } else {
      last_ = std::move(value);
      at_hand_ = 1;
    }
  }

  /// Inserts before the first element that is greater; elements are in ascending order of `by`.
  template <typename By>
  void insert_sorted(T value, By by) {
    if (at_hand_ == 0 || std::invoke(by, last_) <= std::invoke(by, value)) {
      push_back(std::move(value));
    } else if (at_hand_ == 1 || std::invoke(by, last_but_one_) <= std::invoke(by, value)) {
      insert_before_last(std::move(value));
    } else {
      std::vector<T>& before = before_.get();
      before.insert(std::ranges::upper_bound(before, std::invoke(by, value), {}, by), std::move(value));
      ++before_size_;
    }
  }

  /// The element for which `by` returns this value, which differs for each; null if there is none. Elements are in
  /// ascending order of `by`.
  template <typename Value, typename By>
  [[nodiscard]] T* find_sorted(const Value& value, By by) {
    if (at_hand_ > 0 && std::invoke(by, last_) <= value) {
      return std::invoke(by, last_) == value ? &last_ : nullptr;
    }
    if (at_hand_ > 1 && std::invoke(by, last_but_one_) <= value) {
      return std::invoke(by, last_but_one_) == value ? &last_but_one_ : nullptr;
    }
    if (before_size_ > 0) {
      const auto place = std::ranges::lower_bound(*before_, value, {}, by);
      if (place != before_->end() && std::invoke(by, *place) == value) {
        return &*place;
      }
    }
    return nullptr;
  }

  /// Removes the elements for which `is_over(element)`, which is called from the first to the last.
  template <typename IsOver>
  void erase_if(IsOver is_over) {
    if (before_size_ > 0) {
      before_size_ -= static_cast<std::uint32_t>(std::erase_if(*before_, is_over));
    }
    if (at_hand_ > 1 && is_over(last_but_one_)) {
      drop(last_but_one_);
    }
    if (at_hand_ > 0 && is_over(last_)) {
      if (at_hand_ > 1) {
        last_ = std::move(last_but_one_);
        drop(last_but_one_);
      } else {
        drop(last_);
      }
    }
    while (at_hand_ < 2 && before_size_ > 0) {
      (at_hand_ == 0 ? last_ : last_but_one_) = std::move(before_->back());
      before_->pop_back();
      --before_size_;
      ++at_hand_;
    }
  }

  /// Removes the only element.
  void pop_only() {
    assert(size() == 1);
    drop(last_);
  }

  template <typename Use>
  void for_each(Use use) const {
    if (before_size_ > 0) {
      std::ranges::for_each(*before_, use);
    }
    if (at_hand_ > 1) {
      use(last_but_one_);
    }
    if (at_hand_ > 0) {
      use(last_);
    }
  }

 private:
  void insert_before_last(T value) {
    if (at_hand_ == 1) {
      last_but_one_ = std::move(value);
      at_hand_ = 2;
    } else {
      before_.get().push_back(std::exchange(last_but_one_, std::move(value)));
      ++before_size_;
    }
  }

  void drop(T& value) {
    value = T{};
    --at_hand_;
  }

  std::uint32_t at_hand_ = 0;      // how many of the two in place
  std::uint32_t before_size_ = 0;  // stored here, so that reading it follows no pointer
  T last_{};
  T last_but_one_{};
  Box<std::vector<T>> before_;  // kept when it is empty
};

template <typename T>
struct Codec<Few<T>> {
  using Value = T;  // a container of these
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSizeBytes;
  using Parts = TypeList<T>;

  static void write(OutputArchive& archive, const Few<T>& values) {
    archive.put_size(values.size());
    values.for_each([&](const T& value) { Codec<T>::write(archive, value); });
  }

  static void read(InputArchive& archive, Few<T>& values) {
    values = {};
    for (std::size_t left = archive.get_size(Codec<T>::kMinBytes); left > 0; --left) {
      T value;
      Codec<T>::read(archive, value);
      values.push_back(std::move(value));
    }
  }
};

}  // namespace weir::detail::codec
