#pragma once

#include <cstddef>

namespace weir::detail::graph {

/// An output of a step; a stream refers to one.
struct Port {
  std::size_t step = 0;
  std::size_t output = 0;
};

}  // namespace weir::detail::graph
