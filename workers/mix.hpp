#pragma once

#include <cstdint>

/// The output function of splitmix64: a number whose bits are all unlike those of `x`.
/// @see Sebastiano Vigna, splitmix64, 2015
constexpr std::uint64_t mix(std::uint64_t x) {
  std::uint64_t z = x + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}
