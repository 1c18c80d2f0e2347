#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace anomaly {

/// How many values there were, their mean and how they spread, without the values.
/// @see B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 4(3),
/// 1962. A sum of the values' squares would lose the spread of values that lie close together and far from 0.
struct Moments {
  std::uint64_t count = 0;
  double mean = 0;
  double squares = 0;  ///< of the distances from the mean, added up

  void add(double value) {
    const double from_old_mean = value - mean;
    ++count;
    mean += from_old_mean / static_cast<double>(count);
    squares += from_old_mean * (value - mean);
  }

  /// The standard deviation of a sample; two values are the fewest that have one.
  [[nodiscard]] std::optional<double> stddev() const {
    if (count < 2) {
      return std::nullopt;
    }
    return std::sqrt(squares / static_cast<double>(count - 1));
  }
};

}  // namespace anomaly
