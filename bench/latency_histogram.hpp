#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::bench {

/// What a run's latencies were, in microseconds.
struct Latencies {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
  double behind = 0;  ///< how late the last event was made: far behind, the rate was not held
};

/// Counts every latency, in buckets that are less than 1 % wide.
/// @see Gil Tene, HdrHistogram, for the buckets: a power of two split into equal parts
class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency);
  void add_all(const LatencyHistogram& other);

  /// The upper bound of the bucket that holds the latency which `share` of all do not exceed; 0 if there are none.
  /// @param share  0 to 1
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const;
  [[nodiscard]] std::chrono::nanoseconds max() const noexcept { return max_; }

 private:
  static constexpr unsigned kPartBits = 7;

  static std::size_t bucket_of(std::uint64_t nanoseconds);
  static std::uint64_t last_of(std::size_t bucket);

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(std::size_t{64 - kPartBits + 1} << kPartBits);
  std::uint64_t total_ = 0;
  std::chrono::nanoseconds max_{0};
};

}  // namespace weir::bench
