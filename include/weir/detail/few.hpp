#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "weir/detail/archive.hpp"
#include "weir/detail/box.hpp"
#include "weir/detail/codec.hpp"
#include "weir/detail/container_codec.hpp"
#include "weir/detail/packed_optional.hpp"

namespace weir::detail {

/// A sequence that mostly has one element: the last one is at hand, so that nothing is allocated for it and no pointer
/// followed. Written as a `std::vector`.
template <typename T>
class Few {
 public:
  [[nodiscard]] bool empty() const noexcept { return !last_; }
  [[nodiscard]] std::size_t size() const noexcept { return last_ ? 1 + std::size_t{before_size_} : 0; }
  [[nodiscard]] T& operator[](std::size_t index) { return index + 1 == size() ? *last_ : (*before_)[index]; }

  void push_back(T value) {
    if (last_) {
      before_.get().push_back(std::move(*last_));
      ++before_size_;
      *last_ = std::move(value);
    } else {
      last_.emplace(std::move(value));
    }
  }

  /// Before the first element that is greater; elements are in ascending order of `by`.
  template <typename By>
  void insert_sorted(T value, By by) {
    if (!last_ || std::invoke(by, *last_) <= std::invoke(by, value)) {
      push_back(std::move(value));
      return;
    }
    std::vector<T>& before = before_.get();
    before.insert(std::ranges::upper_bound(before, std::invoke(by, value), {}, by), std::move(value));
    ++before_size_;
  }

  /// The element that has this by `by`, of which each has another; null if there is none. Elements are in ascending
  /// order of `by`.
  template <typename Value, typename By>
  [[nodiscard]] T* find_sorted(const Value& value, By by) {
    if (last_ && std::invoke(by, *last_) <= value) {
      return std::invoke(by, *last_) == value ? &*last_ : nullptr;
    }
    if (before_size_ > 0) {
      const auto place = std::ranges::lower_bound(*before_, value, {}, by);
      if (place != before_->end() && std::invoke(by, *place) == value) {
        return &*place;
      }
    }
    return nullptr;
  }

  /// Takes those away for which `is_over(element)`, which is called from the first to the last.
  template <typename IsOver>
  void erase_if(IsOver is_over) {
    if (before_size_ > 0) {
      before_size_ -= static_cast<std::uint32_t>(std::erase_if(*before_, is_over));
    }
    if (last_ && is_over(*last_)) {
      last_.reset();
      if (before_size_ > 0) {
        last_.emplace(std::move(before_->back()));
        before_->pop_back();
        --before_size_;
      }
    }
  }

  template <typename Use>
  void for_each(Use use) const {
    if (before_size_ > 0) {
      std::ranges::for_each(*before_, use);
    }
    if (last_) {
      use(*last_);
    }
  }

 private:
  [[no_unique_address]] PackedOptional<T> last_;
  std::uint32_t before_size_ = 0;  // so that nobody follows the pointer who need not
  Box<std::vector<T>> before_;     // kept when it is empty
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

}  // namespace weir::detail
