#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// The limits of the rules of `what_holds_back`. Shares are of a worker's time in the last interval.
struct HoldsBack {
  /// A worker that has not told of itself for so long is in code that does not return.
  static constexpr nanoseconds kSilent = std::chrono::seconds{3};
  /// A partition that has brought nothing for so long stalls.
  static constexpr nanoseconds kStalled = std::chrono::seconds{10};
  /// A worker that waits for so much of its time is idle.
  static constexpr double kIdle = 0.9;
  /// A worker that waits for no more of its time is busy throughout.
  static constexpr double kFullyBusy = 0.1;
  /// A step that takes so much of a worker's time, or of the time of all, determines its speed.
  static constexpr double kTakesMost = 0.7;
  /// A worker that has so many times the items of the mean of the others has an uneven share.
  static constexpr double kUneven = 2;
  /// The others wait for a worker if they wait for so much of their time.
  static constexpr double kOthersWait = 0.3;
  /// A worker that waits for room for so much of its time is slowed by the next stage.
  static constexpr double kWaitsForRoom = 0.5;
  /// Channels are full if so much of their buffers is in flight.
  static constexpr double kFull = 0.9;
  /// Serializing and deserializing dominate if they take so much of the time of all workers.
  static constexpr double kSerializes = 0.4;
  /// Epochs wait for the store if so many that have passed all workers are not committed; the coordinator orders no
  /// further one closed then.
  static constexpr std::uint64_t kUncommitted = 2;
  /// Workers are equally busy if the times that they work differ by no more.
  static constexpr double kEqual = 0.2;
};

/// Says in one sentence what held the flow of items back since `before`. The first rule that applies speaks: a worker
/// that does not return, no input, a stalled partition, a store that is too slow, a worker with an uneven share of the
/// keys, a step that takes most of the time, a worker that the others wait for, an output that takes items slowly,
/// serialization. Else nothing does.
[[nodiscard]] std::string what_holds_back(const RunStatus& now, const RunStatus& before = {});

}  // namespace weir::detail::status
