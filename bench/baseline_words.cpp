#include "baseline_words.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace {

uint64_t mix(uint64_t x) {
  uint64_t z = x + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

weir::bench::Outcome run(uint64_t L) {
  auto t0 = std::chrono::steady_clock::now();
  std::unordered_map<std::string, uint64_t> m;
  for (uint64_t n = 0; n < L; ++n) {
    std::string line;
    for (int k = 0; k < 16; ++k) {
      if (k) line += ' ';
      line += "w" + std::to_string(mix(n * 16 + uint64_t(k)) % 100000);
    }
    size_t p = 0;
    while (p < line.size()) {
      size_t q = line.find(' ', p);
      if (q == std::string::npos) q = line.size();
      ++m[line.substr(p, q - p)];
      p = q + 1;
    }
  }
  uint64_t sq = 0;
  for (auto& [k, n] : m) sq += n * n;
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  return {L * 16, m.size(), sq, s};
}

}  // namespace

weir::bench::Outcome weir::bench::hand_written_words(std::uint64_t lines) { return ::run(lines); }
