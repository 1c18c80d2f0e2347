#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::detail::runtime {

/// How long items take from their source to a sink: a histogram of what marks took that go the way of items.
struct Latency {
  /// Seconds.
  static constexpr std::array kBounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,  0.2,
                                      0.5,   1.0,   2.0,   5.0,  10.0, 20.0, 50.0, 100.0};

  /// By bound: marks that took up to it, and longer than the bound before; the last took longer than all bounds.
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};
  std::chrono::nanoseconds sum{};

  void record(std::chrono::nanoseconds took);

  [[nodiscard]] std::uint64_t count() const;

  /// The time within which this part of the marks passed, in seconds. Its bucket is known, and the place in it a guess;
  /// above all bounds it is the last. Nothing without marks.
  [[nodiscard]] std::optional<double> quantile(double part) const;

  Latency& operator+=(const Latency& other);
  /// @param other  an earlier state of the same
  Latency& operator-=(const Latency& other);
};

}  // namespace weir::detail::runtime
