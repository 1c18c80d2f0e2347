#pragma once

#include <cstddef>

namespace weir::detail::graph {

/// An output of a step: what a stream stands for in the graph.
struct Port {
  std::size_t step = 0;
  std::size_t output = 0;
};

}  // namespace weir::detail::graph
