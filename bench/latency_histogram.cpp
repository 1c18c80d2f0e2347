#include "latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weir::bench {

void LatencyHistogram::add(std::chrono::nanoseconds latency) {
  ++counts_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0)))];
  ++total_;
  max_ = std::max(max_, latency);
}

void LatencyHistogram::add_all(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    counts_[bucket] += other.counts_[bucket];
  }
  total_ += other.total_;
  max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds LatencyHistogram::quantile(double share) const {
  const auto due = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= due && seen > 0) {
      return std::min(max_, std::chrono::nanoseconds{last_of(bucket)});
    }
  }
  return max_;
}

// Numbers below 2^(kPartBits + 1) have a bucket each; from there on each power of two has 2^kPartBits.
std::size_t LatencyHistogram::bucket_of(std::uint64_t nanoseconds) {
  const auto bits = static_cast<unsigned>(std::bit_width(nanoseconds));
  const unsigned shift = bits > kPartBits + 1 ? bits - (kPartBits + 1) : 0;
  return (std::size_t{shift} << kPartBits) + static_cast<std::size_t>(nanoseconds >> shift);
}

std::uint64_t LatencyHistogram::last_of(std::size_t bucket) {
  if (bucket >> kPartBits <= 1) {
    return bucket;
  }
  const std::size_t shift = (bucket >> kPartBits) - 1;
  const std::uint64_t first = (bucket - (shift << kPartBits)) << shift;
  return first + (std::uint64_t{1} << shift) - 1;
}

}  // namespace weir::bench
