#pragma once

#include <type_traits>

#include "weir/aggregator.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/closed_panes.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/window_outputs.hpp"

namespace weir::detail::windows {

template <typename K, typename Input, typename F>
class AlignedOperator;

/// Windows of equal length at equal distances, without allowed lateness. A window is emitted for all keys at once.
/// @tparam kSharePanes  whether windows may overlap: a window's fold is then merged from the folds of its panes
template <typename A, typename TimeArrivals, bool kSharePanes>
struct AlignedLogic {
  using Aggregator = A;
  using Arrivals = TimeArrivals;
  using Value = typename Arrivals::Value;
  using State = AggregateState<A, Value>;
  using Result = AggregateResult<A, State>;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, Value>;
  template <typename K, typename Input, typename F>
  using Operator = AlignedOperator<K, Input, F>;

  static constexpr bool kOverlap = kSharePanes;
  static constexpr keyed::LogicTraits kTraits{.by_wall = Arrivals::kGoesByWall, .closes_by_time = true};

  /// How the folds of the panes that a window leaves are taken off.
  using Evict = std::conditional_t<
      !kOverlap, WholePanes<State>,
      std::conditional_t<InvertibleAggregatorOf<A, Value>, SubtractOnEvict<State>, TwoStacks<State>>>;

  A aggregator;
  Arrivals arrivals;
  PaneGrid grid;
};

}  // namespace weir::detail::windows
