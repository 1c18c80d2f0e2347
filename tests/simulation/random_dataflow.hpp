#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/rng.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

/// One step of a random dataflow, known to weir's operators and to the reference alike.
struct RandomStep {
  enum class Kind : std::uint8_t {
    kMap,
    kFlatMap,  ///< 0 to 9 outputs, now and then thousands
    kFilter,
    kRekey,
    kRunning,   ///< keyed, minds the order of a key's items, drops keys; some with a time to live that is never over
    kBatches,   ///< the same, with what comes together handled at once
    kReduce,    ///< keyed, minds the order of a key's items
    kSumAtEnd,  ///< keyed, emits at the end of the input
    kRedistribute,
    kBranchMerge,  ///< two branches in one stage
    kDetourMerge,  ///< two branches, one over an exchange: a merge of stages
    kTwiceMerge,   ///< two consumers of one stream
    kSkip,         ///< throws at some items, which are skipped; at others in the middle of a range
    kCatch,        ///< keyed, minds the order of a key's items, throws at some; these are merged with its output
    kForget,       ///< keyed, with states that live for a short while, and follow from the key
    kTumbling,     ///< windows by event time, whose clock is there or at the source; some skip items
    kSliding,
    kSessions,
    kTimers,        ///< calls keys back by event time; some skip items, others handle what comes together at once
    kIntervalJoin,  ///< of two parts of the stream
  };
  Kind kind;
  std::uint64_t parameter;
};

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

  std::vector<RandomStep> steps;
  std::vector<Items> partitions;

  /// Adds the steps to a stream.
  [[nodiscard]] Stream<Item> build(Stream<Item> stream) const;

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
