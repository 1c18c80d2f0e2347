#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/random_step.hpp"
#include "simulation/rng.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

/// How far a run has come.
struct Progress {
  std::vector<std::size_t> read;  ///< how many items of each partition were read
  bool ended = false;             ///< whether the input ended there rather than the run being stopped
  Time watermark = Time::min();   ///< what event time had come to at the step that goes by it
};

/// A random job: steps, and the items of every source partition. A key's items are all in one partition, so that their
/// order is defined until a step loses it; from there on only steps that do not mind follow.
struct RandomDataflow {
  explicit RandomDataflow(Rng& rng);

  /// One step alone, and many items: of few keys for a while, then of more, and so on.
  RandomDataflow(Rng& rng, RandomStep alone);

  std::vector<RandomStep> steps;
  std::vector<Items> partitions;

  /// Adds the steps to a stream of the dataflow.
  [[nodiscard]] Stream<Item> build(Dataflow& flow, Stream<Item> stream) const;

  /// What must come out, sorted: one loop, `std::map`.
  [[nodiscard]] Items reference(const Progress& progress) const;

  /// Whether a step goes by event time; there is one at most.
  [[nodiscard]] bool timed() const { return timed_step() < steps.size(); }
  [[nodiscard]] std::size_t timed_step() const;

  /// What event time comes to if so many items of each partition were read.
  /// @param ended  by partition: it holds nothing back
  [[nodiscard]] Time watermark(const std::vector<std::size_t>& read, const std::vector<bool>& ended) const;

  [[nodiscard]] std::string describe() const;
};

}  // namespace weir::simulation
