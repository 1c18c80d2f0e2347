#pragma once

#include <utility>

#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir::detail::runtime {

/// An output of a step that emits one item at a time: it emits small ones in batches. The step calls `flush` before it
/// returns to its caller.
template <typename T>
class BatchedOutput {
 public:
  explicit BatchedOutput(Receiver<T>& to) : to_{&to} {}

  void push(T&& item) {
    if constexpr (kBatched<T>) {
      if (batch_.put(item)) {
        to_->push_all(batch_.take());
      }
    } else {
      to_->push(std::move(item));
    }
  }

  void flush() {
    if constexpr (kBatched<T>) {
      if (!batch_.empty()) {
        to_->push_all(batch_.take());
      }
    }
  }

 private:
  Receiver<T>* to_;
  [[no_unique_address]] Batch<T> batch_;
};

}  // namespace weir::detail::runtime
