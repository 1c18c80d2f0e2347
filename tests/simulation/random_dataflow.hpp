#pragma once

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
    kRunning,   ///< keyed, minds the order of a key's items, drops keys
    kReduce,    ///< keyed, minds the order of a key's items
    kSumAtEnd,  ///< keyed, emits at the end of the input
    kRedistribute,
    kBranchMerge,  ///< two branches in one stage
    kDetourMerge,  ///< two branches, one over an exchange: a merge of stages
    kTwiceMerge,   ///< two consumers of one stream
  };
  Kind kind;
  std::uint64_t parameter;
};

/// A random job: steps, and the items of every source partition. A key's items are all in one partition, so that their
/// order is defined until a step loses it; from there on only steps that do not mind follow.
struct RandomDataflow {
  explicit RandomDataflow(Rng& rng);

  std::vector<RandomStep> steps;
  std::vector<Items> partitions;

  /// Adds the steps to a stream.
  [[nodiscard]] Stream<Item> build(Stream<Item> stream) const;

  /// What must come out, sorted, if the first `read[p]` items of partition p were read: one loop, `std::map`.
  /// @param ended  whether the input ended there rather than the run being stopped
  [[nodiscard]] Items reference(const std::vector<std::size_t>& read, bool ended) const;

  [[nodiscard]] std::string describe() const;
};

}  // namespace weir::simulation
