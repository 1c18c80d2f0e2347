#pragma once

#include <cstdint>
#include <string>

namespace wordcount {

/// The output function of splitmix64.
constexpr std::uint64_t mix(std::uint64_t x) {
  std::uint64_t z = x + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// Line number n: 16 words of 100,000, with a space between them.
inline std::string make_line(std::uint64_t n) {
  std::string line;
  for (std::uint64_t k = 0; k < 16; ++k) {
    line += k > 0 ? " w" : "w";
    line += std::to_string(mix(n * 16 + k) % 100'000);
  }
  return line;
}

}  // namespace wordcount
