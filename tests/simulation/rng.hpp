#pragma once

#include <cstdint>

namespace weir::simulation {

/// The randomness of one simulated run: the same numbers for the same seed, everywhere.
/// @see Sebastiano Vigna, splitmix64, 2015
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  /// 0 to `bound` - 1.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// From `low` to `high`, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }

  bool percent(std::uint64_t chance) { return below(100) < chance; }

 private:
  std::uint64_t state_;
};

}  // namespace weir::simulation
