#pragma once

#include <cstddef>
#include <vector>

#include "graph/layout.hpp"
#include "graph/outline.hpp"

namespace weir::detail::graph {

/// The edges of a stage that do not lead to the next row run down a lane to the left of the steps.
struct LaneEdge {
  std::size_t edge = 0;  ///< its number in the outline
  std::size_t lane = 0;  ///< 0 is nearest to the steps
};

/// A stage: its steps in rows.
struct StageCard {
  std::vector<std::size_t> rows;  ///< the steps, from top to bottom; each after those that feed it
  std::vector<std::size_t> next;  ///< edges to the next row, by their number in the outline
  std::vector<LaneEdge> others;
  std::size_t lanes = 0;
  double width = 0;
  double height = 0;
};

/// Arranges the steps of each stage: a step follows the one that feeds it where it can, and short branches come first.
[[nodiscard]] std::vector<StageCard> arrange_stages(const Outline& flow, const TextSize& text);

/// Places the steps of a stage and the edges within it, once it is known where the stage is.
void place_card(const Outline& flow, const StageCard& card, const Box& at, Layout& layout);

}  // namespace weir::detail::graph
