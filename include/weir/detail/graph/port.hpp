#pragma once

#include "weir/detail/runtime/numbers.hpp"

namespace weir::detail::graph {

/// An output of a step; a stream refers to one.
struct Port {
  runtime::StepNumber step;
  runtime::OutputNumber output;
  friend constexpr bool operator==(const Port&, const Port&) = default;
};

}  // namespace weir::detail::graph
