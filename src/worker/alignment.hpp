#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::worker {

inline constexpr std::uint64_t kUsualLead = 16'384;

/// How far event time has come on each worker that reads a source, where one looks for the others: so that none reads
/// far ahead of them, and what steps keep until event time has passed it is bound, even if a worker has less of a
/// processor than others, or more to read.
///
/// What a worker knows of the others may be old, which only makes it wait a little longer or shorter.
/// @see Flink 1.20, watermark alignment
class Alignment {
 public:
  /// @param lead  how many items a worker may read when others have not come to where it was before these
  Alignment(WorkerCount workers, std::uint64_t lead) : lead_{lead}, reached_(workers.value) {}

  [[nodiscard]] std::uint64_t lead() const noexcept { return lead_; }

  /// @param reached  `Time::max()` if the worker has nothing to read, so that nobody waits for it
  void publish(WorkerIndex worker, Time reached) noexcept;
  [[nodiscard]] Time least() const noexcept;

 private:
  struct alignas(64) Reached {
    std::atomic<std::int64_t> time = Time::max().time_since_epoch().count();
  };

  std::uint64_t lead_;
  std::vector<Reached> reached_;
};

/// A worker that reads a source in step with others.
class AlignedReader {
 public:
  AlignedReader(Alignment& all, WorkerIndex self) : all_{&all}, self_{self} {}

  /// Its event time has come to this point.
  /// @param items  how many it has read
  /// @param reads  whether it has something to read
  void reach(Time time, std::uint64_t items, bool reads);

  /// Whether it is to wait for others; `reach` finds out.
  [[nodiscard]] bool ahead() const noexcept { return ahead_; }

 private:
  struct Passed {
    std::uint64_t items;
    Time time;
  };

  Alignment* all_;
  WorkerIndex self_;
  std::deque<Passed> passed_;  // the first one a lead ago, if any is
  bool ahead_ = false;
};

}  // namespace weir::worker
