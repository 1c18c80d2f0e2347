#pragma once

#include <vector>

namespace weir::bench {

/// A rate at a number of workers.
struct ScalingPoint {
  double workers = 1;
  double rate = 0;
};

/// The Universal Scalability Law: N workers do `one * N / (1 + contention * (N - 1) + coherence * N * (N - 1))`.
/// @see Neil J. Gunther, "A new interpretation of Amdahl's law and geometric scalability", 2002; "Guerrilla Capacity
/// Planning", 2007
struct ScalingLaw {
  double one = 0;         ///< the rate of one worker
  double contention = 0;  ///< the share of the work that only one worker can do at a time
  double coherence = 0;   ///< what each pair of workers costs to agree

  [[nodiscard]] double rate(double workers) const {
    return one * workers / (1 + contention * (workers - 1) + coherence * workers * (workers - 1));
  }
};

/// The law that fits the points best, by least squares of N / rate, with no coefficient below 0. Of fewer
/// than three points it has no coherence, which they cannot tell from contention.
/// @param points  at least one
ScalingLaw fit_scaling_law(const std::vector<ScalingPoint>& points);

}  // namespace weir::bench
