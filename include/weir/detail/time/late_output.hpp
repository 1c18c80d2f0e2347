#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/batched_output.hpp"

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

  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const {
    return taken_ ? std::map<std::string, std::uint64_t>{}
                  : std::map<std::string, std::uint64_t>{{"late_dropped", dropped_}};
  }

 private:
  runtime::BatchedOutput<T> to_;
  bool taken_;
  std::uint64_t dropped_ = 0;
};

}  // namespace weir::detail::time
