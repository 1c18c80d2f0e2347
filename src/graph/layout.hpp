#pragma once

#include <cstddef>
#include <vector>

#include "graph/outline.hpp"

namespace weir::detail::graph {

/// In pixels from the upper left corner of the picture, y downwards.
struct Point {
  double x = 0;
  double y = 0;
};

/// A rectangle; `x` and `y` are its upper left corner.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// Where the parts of a picture are: boxes for stages and steps, polylines for edges.
///
/// Stages lie in columns from left to right: a stage is one column after the last one that feeds it. The steps of a
/// stage lie one below the other. No two stages overlap, and no two steps. A polyline leads from the border of one
/// step's box to that of another's. Its last piece is level if the edge comes from the left, and upright if it comes
/// from above. All other pieces are level or upright too, except those between two columns of stages.
struct Layout {
  double width = 0;
  double height = 0;
  std::vector<Box> stages;                ///< by number
  std::vector<Box> steps;                 ///< by number, each within the box of its stage
  std::vector<std::vector<Point>> edges;  ///< by the number of the edge in the outline
};

/// How much room a step's box has for text.
struct TextSize {
  double id_letter = 7.9;  ///< the width of a letter of an id
  double op_letter = 6.3;  ///< of an operator's name, below it
};

/// The height of a stage's box above its first step, where its name stands.
inline constexpr double kStageHeading = 26;

/// Lays a dataflow out. Takes longer with the square of the edges between two columns.
///
/// The method is that of Sugiyama, Tagawa and Toda (1981): columns by longest path, rows by the barycentres of the
/// neighbours, and bends where an edge passes a column.
[[nodiscard]] Layout lay_out(const Outline& flow, const TextSize& text = {});

}  // namespace weir::detail::graph
