#pragma once

#include <cstddef>
#include <utility>

#include "weir/detail/containers/list.hpp"

namespace weir::detail::containers {

/// Values that are taken out in the order in which they were put in, as from a `std::deque`, for code that is compiled
/// for each step of a program.
template <typename T>
class Fifo {
 public:
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size() - taken_; }

  void put(T&& value) { values_.push_back(std::move(value)); }

  /// Only while it is not empty.
  T take() {
    T value = std::move(values_[taken_]);
    if (++taken_ == values_.size()) {
      values_.clear();
      taken_ = 0;
    } else if (taken_ >= kFewTaken && taken_ * 2 >= values_.size()) {
      close_up();
    }
    return value;
  }

 private:
  static constexpr std::size_t kFewTaken = 64;

  // Moves the rest to a list of its own: at most as many values as were taken since the last time.
  void close_up() {
    List<T> rest;
    for (; taken_ < values_.size(); ++taken_) {
      rest.push_back(std::move(values_[taken_]));
    }
    values_ = std::move(rest);
    taken_ = 0;
  }

  List<T> values_;
  std::size_t taken_ = 0;  // of the first
};

}  // namespace weir::detail::containers
