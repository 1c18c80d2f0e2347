#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::detail::runtime {

/// What a step of a program measures itself, on one worker.
struct UserMetric {
  enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };

  Kind kind = Kind::kCounter;
  std::string name;
  std::string help;
  std::uint64_t count = 0;  ///< of a counter; of a histogram, how many values it observed
  double value = 0;         ///< of a gauge; of a histogram, the sum of the values
  std::vector<double> bounds{};
  std::vector<std::uint64_t> buckets{};  ///< by bound: values up to it that lie above the bound before
};

}  // namespace weir::detail::runtime
