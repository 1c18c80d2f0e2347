#pragma once

#include <string>

#include "graph/plan.hpp"

namespace weir::detail::graph {

/// A dataflow as a Mermaid flowchart: a box per stage, the exchanges between them labelled.
[[nodiscard]] std::string to_mermaid(const Plan& plan);

}  // namespace weir::detail::graph
