#pragma once

#include <chrono>
#include <concepts>
#include <type_traits>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/numbers.hpp"

namespace weir::detail::keyed {

/// Gives a time to live to the steps from `first` on that keep a state for every key. A step that has one already keeps
/// it.
/// @throws BuildError  if there is no such step, if the states of one cannot be dropped, or if the time cannot be
void set_time_to_live(graph::Graph& graph, runtime::StepNumber first, std::chrono::nanoseconds duration);

/// Adds steps by `add`, and gives them a time to live.
/// @return  what `add` returns
template <std::invocable Add>
auto with_time_to_live(graph::Graph& graph, std::chrono::nanoseconds duration, Add add) {
  const runtime::StepNumber first{graph.steps().size()};
  if constexpr (std::is_void_v<std::invoke_result_t<Add&>>) {
    add();
    set_time_to_live(graph, first, duration);
  } else {
    auto streams = add();
    set_time_to_live(graph, first, duration);
    return streams;
  }
}

}  // namespace weir::detail::keyed
