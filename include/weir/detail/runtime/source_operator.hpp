#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "weir/detail/runtime/operator.hpp"
#include "weir/source_progress.hpp"
#include "weir/time.hpp"

namespace weir::detail::runtime {

/// The status of a source's partition, for a clock.
struct PartitionStatus {
  const std::string& name;
  bool ended;  ///< no item follows from it in this run
  /// Since when it has had no items; `Steady::max()` while it has some or cannot be reached, or had no turn yet.
  Steady silent_since;
};

/// The code of an input step on one worker, as the untyped core sees it.
class SourceOperator : public PlainOperator {
 public:
  using PlainOperator::PlainOperator;

  /// Polls the next partition that is due, in turn; returns whether to call it again at once.
  virtual bool emit(Steady now) = 0;

  /// Makes all partitions due now, after a wake.
  virtual void make_due() = 0;

  /// When the next partition is due without a wake; `Steady::max()` if none will be.
  [[nodiscard]] virtual Steady due() const = 0;

  /// Whether every partition is at its end.
  [[nodiscard]] virtual bool exhausted() const = 0;

  [[nodiscard]] virtual std::size_t partition_count() const = 0;
  [[nodiscard]] virtual PartitionStatus partition_status(std::size_t index) const = 0;

  /// How much of its input a partition has read; nothing if that is not known.
  [[nodiscard]] virtual std::optional<SourceProgress> progress(std::size_t index) const = 0;

  /// Whether all partitions are certain to end. Called before the first poll.
  [[nodiscard]] virtual bool bounded() const = 0;

  /// The partitions that cannot be read again.
  [[nodiscard]] virtual std::vector<std::string> unreplayable() const = 0;

  /// Whether a partition takes items before it is polled.
  [[nodiscard]] virtual bool takes_by_itself() const = 0;

  /// The data that ended partitions read and did not emit: a sentence for each.
  [[nodiscard]] virtual const std::vector<std::string>& left_over() const = 0;

  /// The names of kept positions that no partition has. Only on the first worker.
  [[nodiscard]] virtual const std::vector<std::string>& unclaimed() const = 0;

  /// weir has decided this epoch, and no later run reads what comes before its positions. Only in a run that keeps
  /// snapshots; epochs come one after the other.
  virtual void decided(Epoch epoch) = 0;

  /// Takes nothing more from outside. True once all partitions have emitted the items that they could not read again;
  /// until then `emit` must be called further.
  virtual bool stop() = 0;
};

}  // namespace weir::detail::runtime
