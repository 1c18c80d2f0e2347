#include "runtime/latency.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace weir::detail::runtime {

void Latency::record(std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>{took}.count();
  const auto bound = std::ranges::lower_bound(kBounds, seconds);
  ++buckets[static_cast<std::size_t>(bound - kBounds.begin())];
  sum += took;
}

std::uint64_t Latency::count() const { return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0}); }

std::optional<double> Latency::quantile(double part) const {
  const double wanted = part * static_cast<double>(count());
  double below = 0;
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    const auto here = static_cast<double>(buckets[bucket]);
    if (here > 0 && below + here >= wanted) {
      const double least = bucket == 0 ? 0 : kBounds[bucket - 1];
      const double most = kBounds[std::min(bucket, kBounds.size() - 1)];
      return least + (wanted - below) / here * (most - least);
    }
    below += here;
  }
  return std::nullopt;
}

Latency& Latency::operator+=(const Latency& other) {
  std::ranges::transform(buckets, other.buckets, buckets.begin(), std::plus{});
  sum += other.sum;
  return *this;
}

Latency& Latency::operator-=(const Latency& other) {
  const auto less = [](std::uint64_t now, std::uint64_t before) { return now - std::min(now, before); };
  std::ranges::transform(buckets, other.buckets, buckets.begin(), less);
  sum -= std::min(sum, other.sum);
  return *this;
}

}  // namespace weir::detail::runtime
