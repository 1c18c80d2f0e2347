#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "weir/bad_record.hpp"
#include "weir/detail/activity.hpp"
#include "weir/detail/batch.hpp"
#include "weir/detail/gate.hpp"
#include "weir/detail/receiver.hpp"

namespace weir {

/// Takes the items that a source makes.
///
/// A source emits while `open()` holds and stops when it does not: some channel downstream is full then, or the worker
/// has other work. What is emitted behind that is not lost, but counts as overshoot.
template <typename T>
class Emit {
 public:
  /// @param bad  null: nobody takes bad records
  Emit(detail::Receiver<T>& to, detail::Gate& gate, detail::Activity& activity, detail::BadRecordTaker* bad = nullptr)
      : to_{&to}, gate_{&gate}, activity_{&activity}, bad_{bad}, source_{activity.look()} {}
  Emit(const Emit&) = delete;
  Emit& operator=(const Emit&) = delete;

  /// Whether another item should follow in this poll.
  [[nodiscard]] bool open() const noexcept { return left_ > 0 && gate_->feedable(); }

  /// How many items were emitted in this poll.
  [[nodiscard]] std::uint64_t emitted() const noexcept {
    return static_cast<std::uint64_t>(detail::Gate::kCursorItems - left_);
  }

  void operator()(T&& item) {
    --left_;
    if constexpr (detail::kBatched<T>) {
      if (batch_.put(item)) {
        to_->push_all(batch_.take());
        activity_->note(source_);
      }
    } else {
      to_->push(std::move(item));
      activity_->note(source_);
    }
  }
  void operator()(const T& item)
    requires std::copy_constructible<T>
  {
    T copy{item};
    (*this)(std::move(copy));
  }

  /// Whether the dataflow wants bad records; where it does not, a source throws an `InputError`.
  [[nodiscard]] bool takes_bad_records() const noexcept { return bad_ != nullptr; }

  /// Counts as an item. Only if `takes_bad_records()`.
  void bad_record(std::string error, std::string record) {
    --left_;
    bad_->take({.input = {}, .error = std::move(error), .record = std::move(record)});
  }

  /// Hands on what it still holds; the runtime does so after each poll.
  void flush() {
    if constexpr (detail::kBatched<T>) {
      if (!batch_.empty()) {
        to_->push_all(batch_.take());
      }
    }
  }

 private:
  detail::Receiver<T>* to_;
  detail::Gate* gate_;
  detail::Activity* activity_;
  detail::BadRecordTaker* bad_;
  std::uint32_t source_;  // what the worker does while the source makes items
  int left_ = detail::Gate::kCursorItems;
  [[no_unique_address]] detail::Batch<T> batch_;
};

}  // namespace weir
