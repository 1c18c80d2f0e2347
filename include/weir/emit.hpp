#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/bad_record.hpp"
#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir {

/// Takes the items that a source makes.
///
/// A source emits while `open()` is true. `open()` turns false when some channel downstream is full, or when the worker
/// has other work. Items emitted after that are not lost, but count as overshoot.
///
/// A source passes a record that cannot be used to `bad_record`, which treats it by the input's `OnBadRecord`. An
/// exception of the partition stops the run in any case, an `InputError` too.
template <typename T>
class Emit {
 public:
  /// For the runtime: a partition gets it in `poll`.
  // Without `bad` the dataflow takes no bad records.
  Emit(detail::runtime::Receiver<T>& to, detail::runtime::Gate& gate, detail::runtime::Activity& activity,
       detail::BadRecordTaker* bad = nullptr)
      : to_{&to}, gate_{&gate}, activity_{&activity}, bad_{bad}, source_{activity.look()}, open_{gate.feedable()} {}
  Emit(const Emit&) = delete;
  Emit& operator=(const Emit&) = delete;

  /// Whether another item should follow in this poll.
  [[nodiscard]] bool open() const noexcept { return open_ && !gate_->aborted(); }

  /// How many items were emitted in this poll.
  [[nodiscard]] std::uint64_t emitted() const noexcept {
    if constexpr (detail::runtime::kBatched<T>) {
      return handed_on_ + batch_.size();
    } else {
      return handed_on_;
    }
  }

  /// Emits an item to the next steps; its place in the order is that of the call. It may throw the errors of these
  /// steps.
  void operator()(T&& item) {
    if constexpr (detail::runtime::kBatched<T>) {
      if (batch_.put(item)) {
        flush();
        activity_->note(source_);
      }
    } else {
      to_->push(std::move(item));
      count(1);
      activity_->note(source_);
    }
  }
  /// Emits a copy of the item.
  void operator()(const T& item)
    requires std::copy_constructible<T>
  {
    T copy{item};
    (*this)(std::move(copy));
  }

  /// Emits up to `count` items while `open()` is true. Each item is the result of the next call of `make`, as with
  /// `std::generate_n`. Small items are made in place, up to 64 between two checks of `open()`, which is faster than to
  /// make each and then to emit it. If `make` throws, the items before it may not have been emitted.
  /// @return  how many were emitted
  template <std::invocable Make>
    requires std::convertible_to<std::invoke_result_t<Make&>, T>
  std::uint64_t generate_n(std::uint64_t count, Make make) {
    std::uint64_t made = 0;
    if constexpr (detail::runtime::kBatched<T>) {
      while (made < count && open()) {
        const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(count - made, batch_.room()));
        made += some;
        if (batch_.append(some, make)) {
          flush();
          activity_->note(source_);
        }
      }
    } else {
      for (; made < count && open(); ++made) {
        (*this)(make());
      }
    }
    return made;
  }

  /// Whether the dataflow takes bad records. If not, a source throws an `InputError`.
  [[nodiscard]] bool takes_bad_records() const noexcept { return bad_ != nullptr; }

  /// Counts as an item. Only if `takes_bad_records()`.
  void bad_record(std::string error, std::string record) {
    bad_->take({.input = {}, .error = std::move(error), .record = std::move(record)});
    count(1);
  }

  /// Emits the items that it still holds. The runtime calls it after each poll.
  void flush() {
    if constexpr (detail::runtime::kBatched<T>) {
      if (!batch_.empty()) {
        const std::size_t items = batch_.size();
        to_->push_all(batch_.take());
        count(items);
      }
    }
  }

 private:
  // The gate can close only here, so no caller has to check it for each item.
  void count(std::size_t items) noexcept {
    handed_on_ += items;
    open_ = handed_on_ < std::uint64_t{detail::runtime::Gate::kCursorItems} && gate_->feedable();
  }

  detail::runtime::Receiver<T>* to_;
  detail::runtime::Gate* gate_;
  detail::runtime::Activity* activity_;
  detail::BadRecordTaker* bad_;
  std::uint32_t source_;  // the worker's activity while the source makes items
  bool open_;
  std::uint64_t handed_on_ = 0;
  [[no_unique_address]] detail::runtime::Batch<T> batch_;
};

}  // namespace weir
