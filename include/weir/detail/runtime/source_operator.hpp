#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "weir/detail/runtime/operator.hpp"

namespace weir::detail::runtime {

/// What a clock wants to know of a source's partition.
struct PartitionStatus {
  const std::string& name;
  bool ended;           ///< nothing follows from it in this run
  Steady silent_since;  ///< since when it has had nothing to give; `Steady::max()` while it has, or had no turn yet
};

/// The code of an input step on one worker, as the untyped core sees it.
class SourceOperator : public PlainOperator {
 public:
  using PlainOperator::PlainOperator;

  /// Asks the partitions that are due for items; says whether it should be asked again at once.
  virtual bool emit(Steady now) = 0;

  /// All partitions are due now: something was woken.
  virtual void make_due() = 0;

  /// When the next partition is due by itself; `Steady::max()` if none will be.
  [[nodiscard]] virtual Steady due() const = 0;

  /// Whether every partition is at its end.
  [[nodiscard]] virtual bool exhausted() const = 0;

  [[nodiscard]] virtual std::size_t partition_count() const = 0;
  [[nodiscard]] virtual PartitionStatus partition_status(std::size_t index) const = 0;

  /// Whether all partitions are known to come to their end. Before the first is asked for items.
  [[nodiscard]] virtual bool bounded() const = 0;

  /// The partitions that cannot be read again.
  [[nodiscard]] virtual std::vector<std::string> unreplayable() const = 0;

  /// Whether a partition takes items before it is asked for any.
  [[nodiscard]] virtual bool takes_by_itself() const = 0;

  /// What partitions that have come to their ends have not given: a sentence for each.
  [[nodiscard]] virtual const std::vector<std::string>& left_over() const = 0;

  /// The names of kept positions that no partition has. Only on the first worker.
  [[nodiscard]] virtual const std::vector<std::string>& unclaimed() const = 0;

  /// Takes nothing more from outside. True once all partitions have emitted what they could not read again; until then
  /// `emit` goes on.
  virtual bool stop() = 0;
};

}  // namespace weir::detail::runtime
