#include "baseline_counts.hpp"

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace {

uint64_t mix(uint64_t x) {
  uint64_t z = x + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

template <uint64_t D>
weir::bench::Outcome run(uint64_t N) {
  auto t0 = std::chrono::steady_clock::now();
  std::unordered_map<uint64_t, uint64_t> t;
  for (uint64_t n = 0; n < N; ++n) ++t[mix(n) % D];
  uint64_t sq = 0;
  for (auto& [k, n] : t) sq += n * n;
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  return {N, t.size(), sq, s};
}

}  // namespace

weir::bench::Outcome weir::bench::hand_written_counts(std::uint64_t numbers) { return ::run<100'000>(numbers); }
weir::bench::Outcome weir::bench::hand_written_few_counts(std::uint64_t numbers) { return ::run<1'000>(numbers); }
