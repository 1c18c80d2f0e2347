#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::worker {

inline constexpr std::uint64_t kUsualLead = 4'096;

/// How far event time has come on each worker that reads a source. Each worker looks at the others, so that none reads
/// far ahead of them. This bounds what steps keep until event time passes it, even if a worker has less of a processor
/// than others, or more to read.
///
/// A worker may see old values of the others, and then waits a little longer or shorter. The worker that is least far
/// knows that it is, and does not wait.
/// @see Flink 1.20, watermark alignment
class Alignment {
 public:
  /// @param lead  how many items a worker may read when others have not come to where it was before these
  Alignment(WorkerCount workers, std::uint64_t lead) : lead_{lead}, reached_(workers.value) {}

  [[nodiscard]] std::uint64_t lead() const noexcept { return lead_; }

  /// @param reached  none: the worker has nothing to read, so others do not wait for it
  void publish(WorkerIndex worker, std::optional<Time> reached) noexcept;

  struct Span {
    Time least = Time::max();
    Time greatest = Time::min();
  };
  /// Of the workers that have something to read.
  [[nodiscard]] Span span() const noexcept;

 private:
  static constexpr Time kNothingToRead = Time::max();

  struct alignas(64) Reached {
    std::atomic<std::int64_t> time = Time::min().time_since_epoch().count();  // it has not begun
  };

  std::uint64_t lead_;
  std::vector<Reached> reached_;
};

/// A worker that reads a source in step with others.
class AlignedReader {
 public:
  AlignedReader(Alignment& all, WorkerIndex self) : all_{&all}, self_{self} {}

  /// Its event time has come to this point, which may lie before an earlier one.
  /// @param items  how many it has read
  /// @param reads  whether it has something to read
  void reach(Time time, std::uint64_t items, bool reads);

  /// Whether it should wait for others; `reach` finds out.
  [[nodiscard]] bool ahead() const noexcept { return ahead_; }

  /// Whether others may wait for it. Then it must read on, even if it should wait by another clock: else two workers
  /// that are each ahead by another clock would wait for each other.
  [[nodiscard]] bool last() const noexcept { return last_; }

  [[nodiscard]] std::uint64_t lead() const noexcept { return all_->lead(); }

  /// How many items it had read at the last `reach`.
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

 private:
  struct Passed {
    std::uint64_t items;
    Time time;
  };

  Alignment* all_;
  WorkerIndex self_;
  std::deque<Passed> passed_;  // the first one a lead ago, if any is
  std::uint64_t items_ = 0;    // at the last look
  bool ahead_ = false;
  bool last_ = false;
};

}  // namespace weir::detail::worker
