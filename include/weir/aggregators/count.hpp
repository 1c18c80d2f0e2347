#pragma once

#include <cstdint>

namespace weir::agg {

/// How many values there are.
struct Count {
  /// One.
  template <typename V>
  std::uint64_t first(const V& /*value*/) const noexcept {
    return 1;
  }
  /// One more; the value itself does not matter.
  template <typename V>
  void add(std::uint64_t& count, const V& /*value*/) const noexcept {
    ++count;
  }
  void merge(std::uint64_t& count, std::uint64_t other) const noexcept { count += other; }  ///< the sum of both parts
  /// For sliding windows: without the oldest part.
  void subtract(std::uint64_t& count, std::uint64_t part) const noexcept { count -= part; }
  std::uint64_t result(std::uint64_t count) const noexcept { return count; }  ///< the number of values
};

}  // namespace weir::agg
