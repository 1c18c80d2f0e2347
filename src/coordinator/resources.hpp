#pragma once

#include <string>

#include "weir/detail/graph/graph.hpp"

namespace weir::detail::coordinator {

/// Compares what the steps of a dataflow read and write, before anything is opened.
/// @param recovery  the directory of the run's snapshots; empty: it keeps none
/// @throws UsageError  if a step writes what another step reads or writes, or another run has locked it
void check_resources(const graph::Graph& graph, const std::string& recovery);

}  // namespace weir::detail::coordinator
