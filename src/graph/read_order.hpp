#pragma once

#include <vector>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/numbers.hpp"

namespace weir::detail::graph {

/// An input of a stream is read after an input of a table.
struct Wait {
  runtime::StepNumber input;  ///< which waits
  runtime::StepNumber table;  ///< which it waits for
};

/// A step whose table is to be read before its stream.
struct TableFirst {
  runtime::StepNumber step;
  std::vector<runtime::StepNumber> tables;  ///< the inputs that its table comes from
  std::vector<Wait> waits;
  bool always = false;  ///< also where one of the inputs may have no end
  bool whole = true;    ///< false: some waits are left out, since an input would wait for itself, or two for each other
};

/// The steps of a dataflow whose tables are to be read first, in the order of the dataflow. Together their waits make
/// no circle.
[[nodiscard]] std::vector<TableFirst> tables_first(const Graph& graph);

}  // namespace weir::detail::graph
