#pragma once

#include "weir/dataflow.hpp"

namespace weir {

/// The way into a dataflow for the code that runs it.
struct RunAccess {
  static const detail::graph::Graph& graph(const Dataflow& flow) { return *flow.graph_; }
};

}  // namespace weir
