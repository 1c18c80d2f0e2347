#include "weir/detail/keyed/time_to_live.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "weir/detail/time/duration.hpp"
#include "weir/errors.hpp"

namespace weir::detail::keyed {

void set_time_to_live(graph::Graph& graph, runtime::StepNumber first, std::chrono::nanoseconds duration) {
  bool any = false;
  std::string others;
  for (runtime::StepNumber index = first; index < graph.steps().size(); ++index.value) {
    const graph::StepSpec& step = graph.steps()[index];
    if (step.keyed() == nullptr) {
      others += fmt::format("{}\"{}\"", others.empty() ? "" : ", ", step.id);
      continue;
    }
    const auto copies = [&](const graph::StepSpec& other) { return other.copies_state_of(index); };
    if (const auto copy = std::ranges::find_if(graph.steps(), copies); copy != graph.steps().end()) {
      throw BuildError{fmt::format(
          "dataflow \"{}\": time_to_live: it cannot drop the rows of step \"{}\", which every worker holds; delete "
          "rows by updates of its table",
          graph.name(), copy->id)};
    }
    time::check_duration(step.id, "time_to_live", duration);
    any = true;
    if (!step.keyed()->closes_by_time) {
      graph.limit_time_to_live(index, duration);
    }
  }
  if (!any) {
    throw BuildError{
        fmt::format("dataflow \"{}\": time_to_live: it wraps steps that keep a state for every key, and was given {}",
                    graph.name(), others.empty() ? "none" : others + ", which keep none")};
  }
}

}  // namespace weir::detail::keyed
