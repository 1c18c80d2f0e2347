#pragma once

#include "weir/detail/graph/graph.hpp"
#include "weir/source.hpp"

namespace weir::detail::io {

/// What a step's source or sink is opened with.
[[nodiscard]] OpenContext open_context(const graph::OperatorParts& parts);

}  // namespace weir::detail::io
