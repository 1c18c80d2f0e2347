#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "weir/detail/snapshot/state_settings.hpp"

namespace weir::agg {

/// Counts of numbers by magnitude; the state of `Quantiles`.
struct QuantileSketch {
  /// Numbers whose magnitudes differ by less than the accuracy.
  struct Bucket {
    std::int32_t index = 0;   ///< of the bucket: the greater, the greater the magnitude
    std::uint64_t count = 0;  ///< how many numbers are in it, at least 1
  };

  std::vector<Bucket> negative{};  ///< in the order of their indices; the greatest magnitude last
  std::vector<Bucket> positive{};  ///< in the order of their indices; the greatest last
  std::uint64_t zeros = 0;         ///< how many zeros of either sign
  std::uint64_t nans = 0;          ///< how many NaNs; they have no rank
};

/// Quantiles of numbers, such as the median (0.5) or the 99th percentile (0.99), in the order of the request.
///
///     requests | op::aggregate_window("latency", windows, agg::Of{&Request::ms, agg::Quantiles{{0.5, 0.99}}})
///
/// The quantile `q` of `n` numbers is the number with `floor(q * (n - 1))` others before it, in this order: negative
/// numbers, zeros, positive numbers, and NaN last. The result differs from that number by at most `accuracy` times its
/// magnitude, if the magnitude is at least 1e-300. Zeros, infinities and NaN are exact.
///
/// Neither the order of the numbers, nor panes, nor the number of workers changes a result, and sliding windows
/// subtract parts again.
///
/// State: a count for each bucket that a number fell into. A bucket is twice `accuracy` wide, so numbers between 1 and
/// 1,000,000 have 691 buckets at most where the accuracy is 0.01, at 16 bytes each.
/// @see C. Masson, J. Rim, H. Lee, DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees,
///      2019
class Quantiles {
 public:
  /// @param at        each from 0, the least number, to 1, the greatest
  /// @param accuracy  from 0.0001 to 0.1. It decides on the buckets, so a run with another one does not resume
  /// @throws BuildError  if one of them is out of its range
  explicit Quantiles(std::vector<double> at, double accuracy = 0.01);

  /// A sketch of one number.
  template <typename V>
    requires std::is_arithmetic_v<V>
  [[nodiscard]] QuantileSketch first(V value) const {
    QuantileSketch sketch;
    add(sketch, value);
    return sketch;
  }
  /// Adds a number, which becomes a `double` first.
  template <typename V>
    requires std::is_arithmetic_v<V>
  void add(QuantileSketch& sketch, V value) const {
    add_number(sketch, static_cast<double>(value));
  }
  void merge(QuantileSketch& sketch, const QuantileSketch& other) const;  ///< adds the numbers of another part
  /// For sliding windows: takes the numbers of the oldest part away.
  void subtract(QuantileSketch& sketch, const QuantileSketch& part) const;
  /// A number for each quantile, in the order that was asked for.
  [[nodiscard]] std::vector<double> result(const QuantileSketch& sketch) const;

  /// The settings that states depend on.
  [[nodiscard]] weir::detail::snapshot::StateSettings settings() const;

 private:
  void add_number(QuantileSketch& sketch, double number) const;
  [[nodiscard]] double number_at(const QuantileSketch& sketch, std::uint64_t rank) const;
  [[nodiscard]] std::int32_t index_of(double magnitude) const;
  [[nodiscard]] double magnitude_of(std::int32_t index) const;

  std::vector<double> at_;
  double accuracy_;
  double log_of_width_;  // of the ratio of a bucket's ends
};

}  // namespace weir::agg
