#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "recovery/snapshot_store.hpp"
#include "status/run_status.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::coordinator {

/// How long the epochs of a run take.
class EpochTimes {
 public:
  /// @param last  the epoch before the run's first
  EpochTimes(Epoch last, runtime::Steady now) : opened_at_{now} {
    state_.open = last.value + 1;
    state_.committed = last.value;
  }

  /// All epochs up to this one are to close.
  void on_ordered(Epoch epoch, runtime::Steady now);

  /// The epoch that was ordered last has passed all workers.
  /// @return  how long that took
  status::nanoseconds on_passed(runtime::Steady now);

  /// The snapshot of an epoch goes to the store.
  void on_submitted(const recovery::EpochCommit& commit, runtime::Steady now);

  /// That of the oldest one which was submitted is durable.
  void on_committed(Epoch epoch, runtime::Steady now);

  [[nodiscard]] status::EpochState state(runtime::Steady now) const;

 private:
  struct Submitted {
    runtime::Steady at;
    std::uint64_t bytes;
  };

  status::EpochState state_;
  runtime::Steady opened_at_;
  std::optional<runtime::Steady> ordered_at_;  // of the one that has not passed
  std::deque<Submitted> submitted_;            // those that are not durable yet
};

}  // namespace weir::detail::coordinator
