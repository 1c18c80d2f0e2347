#pragma once

#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"

namespace weir::detail::runtime {

/// The code of an output step on one worker, as the untyped core sees it.
class SinkOperator : public PlainOperator {
 public:
  using PlainOperator::PlainOperator;

  /// Whether the output of the oldest closed epoch that it was not asked about before is durable; then its token is in
  /// the part.
  virtual bool prepared(snapshot::EpochPart& part) = 0;

  /// The oldest epoch that it had a token for is decided.
  virtual void commit() = 0;

  /// Whether the output of all decided epochs can be seen.
  virtual bool settled() = 0;
};

}  // namespace weir::detail::runtime
