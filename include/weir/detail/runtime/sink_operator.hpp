#pragma once

#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"

namespace weir::detail::runtime {

/// The code of an output step on one worker, as the untyped core sees it.
class SinkOperator : public PlainOperator {
 public:
  using PlainOperator::PlainOperator;

  /// Whether the output of the oldest closed epoch that it has not reported yet is durable; if so, the epoch's token is
  /// in the part.
  virtual bool prepared(snapshot::EpochPart& part) = 0;

  /// weir has decided the oldest epoch with a token.
  virtual void commit() = 0;

  /// Whether the output of all decided epochs is visible.
  virtual bool settled() = 0;
};

}  // namespace weir::detail::runtime
