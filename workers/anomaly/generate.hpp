#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include <weir/weir.hpp>

#include "anomaly/measurement.hpp"
#include "instant.hpp"
#include "mix.hpp"

namespace anomaly {

/// Which measurements are made.
struct Made {
  std::uint64_t count = 1'000;
  std::uint64_t keys = 10;
  std::uint64_t seed = 1;
};

/// A number that is near the normal distribution, and not beyond 6: the sum of twelve even ones.
inline double noise(std::uint64_t random) {
  double sum = -6;
  for (int words = 0; words < 3; ++words) {
    random = mix(random);
    for (int shift = 0; shift < 64; shift += 16) {
      sum += static_cast<double>((random >> shift) & 0xFFFF) / 65'536;
    }
  }
  return sum;
}

/// Measurement number n: the loads of processors in turn, every second. Each has its level, and one in 200 values
/// lies far above or below it.
inline Measurement make_measurement(std::uint64_t n, const Made& made) {
  using namespace std::chrono;
  constexpr Instant kStart = sys_days{2026y / March / 2} + 8h;
  const std::uint64_t key = n % made.keys;
  const std::uint64_t random = mix(made.seed * 0x9E3779B97F4A7C15 + n);
  const double level = 0.3 + static_cast<double>(mix(made.seed + key) % 400) / 1'000;
  const double planted = random % 200 != 0 ? 0 : (random % 400 != 0 ? 0.25 : -0.25);
  const double value = level + planted + 0.02 * noise(random);
  return {.key = "cpu" + std::to_string(key),
          .time = kStart + 1s * static_cast<std::int64_t>(n / made.keys),
          .value = std::round(value * 10'000) / 10'000};
}

/// One partition, so that each key keeps its order and any number of workers can go on with it.
inline auto generated_measurements(const Made& made) {
  return weir::GeneratorInput{[made] {
    return [made, next = std::uint64_t{0}]() mutable {
      std::optional<Measurement> measured;
      if (next < made.count) {
        measured = make_measurement(next++, made);
      }
      return measured;
    };
  }};
}

}  // namespace anomaly
