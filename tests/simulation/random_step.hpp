#pragma once

#include <cstdint>

#include "simulation/item.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

/// One step of a random dataflow, known to weir's operators and to the reference alike.
struct RandomStep {
  enum class Kind : std::uint8_t {
    kMap,
    kFlatMap,  ///< 0 to 9 outputs, now and then thousands
    kFilter,
    kRekey,
    kRedistribute,  ///< or to all workers, each of which drops what others keep
    kBranchMerge,   ///< two branches in one stage
    kDetourMerge,   ///< two branches, one over an exchange: a merge of stages
    kTwiceMerge,    ///< two consumers of one stream
    kSkip,          ///< throws at some items, which are skipped; at others in the middle of a range
    // From here on keyed.
    kRunning,        ///< minds the order of a key's items, drops keys; some have a time to live that is never over
    kBatches,        ///< the same, with what comes together handled at once
    kReduce,         ///< minds the order of a key's items
    kAtEnd,          ///< emits at the end of the input what a fold came to
    kCatch,          ///< minds the order of a key's items, throws at some; these are merged with its output
    kForget,         ///< with states that live for a short while, and follow from the key
    kScan,           ///< minds the order of a key's items
    kTopN,           ///< emits whenever a key's greatest values change; of equal ones the first stay
    kDistinct,       ///< lets the first of those that are alike through
    kDeduplicate,    ///< lets the first or the last of those that are alike through
    kCollect,        ///< by number, or by the system's clock
    kCountWindows,   ///< that follow on each other, overlap, or have gaps
    kGlobalWindows,  ///< whose trigger minds what comes
    // Joins of parts of the stream.
    kJoinAtEnd,     ///< of three; the first values, the last ones or all of each key
    kJoinComplete,  ///< of two or three, by ids that are unique
    kJoinRunning,
    kPairJoin,    ///< inner, left, right, or full
    kLookup,      ///< in a table that the other part fills
    kTableFirst,  ///< a lookup in a table that has an input of its own, and is read before the stream
    // By event time.
    kTumbling,  ///< windows whose clock is there or at the source; some skip items
    kSliding,
    kSessions,
    kTimers,  ///< calls keys back; some skip items, others handle what comes together at once
    kInTimeOrder,
    kDeduplicateWithin,  ///< lets one of those through that are alike and near in time
    kIntervalJoin,       ///< of two parts of the stream, as those that follow
    kAsOfJoin,
    kJoinWindow,
  };
  static constexpr auto kKeyed = Kind::kRunning;
  static constexpr auto kJoins = Kind::kJoinAtEnd;
  static constexpr auto kTimed = Kind::kTumbling;
  static constexpr auto kTimeJoins = Kind::kIntervalJoin;
  static constexpr std::uint64_t kKinds = static_cast<std::uint64_t>(Kind::kJoinWindow) + 1;

  Kind kind;
  std::uint64_t parameter;  ///< from 2 to 9

  [[nodiscard]] bool timed() const { return kind >= kTimed; }
};

/// Each family of steps is in a file of its own: adds a step to a stream, and says what it makes of all items, those of
/// a key in their order. `ended` is whether the input ends with them.
Stream<Item> build_plain_step(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_plain_step(const RandomStep& step, const Items& in);
Stream<Item> build_keyed_step(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_keyed_step(const RandomStep& step, const Items& in, bool ended);
Stream<Item> build_join_step(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_join_step(const RandomStep& step, const Items& in, bool ended);
Stream<Item> build_table_first(Dataflow& flow, const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_table_first(const RandomStep& step, const Items& in);

}  // namespace weir::simulation
