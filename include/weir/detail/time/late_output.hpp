#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/detail/runtime/named_counts.hpp"

namespace weir::detail::time {

/// The output of late items. Without a consumer it counts them instead: `late_dropped` in the report.
template <typename T>
class LateOutput {
 public:
  LateOutput(const graph::OperatorParts& parts, std::size_t index)
      : to_{graph::output<T>(parts, index)}, taken_{parts.consumed[index]} {}

  void push(T&& item) {
    if (taken_) {
      to_.push(std::move(item));
    } else {
      ++dropped_;
    }
  }
  void flush() { to_.flush(); }

  [[nodiscard, gnu::cold]] runtime::NamedCounts counters() const {
    return taken_ ? runtime::NamedCounts{} : runtime::NamedCounts{{"late_dropped", dropped_}};
  }

 private:
  runtime::BatchedOutput<T> to_;
  bool taken_;
  std::uint64_t dropped_ = 0;
};

}  // namespace weir::detail::time
