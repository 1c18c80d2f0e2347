#include <algorithm>
#include <span>
#include <string>

#include <fmt/format.h>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/steps/guarded_operator.hpp"
#include "weir/errors.hpp"
#include "weir/operators/routing.hpp"

namespace weir::detail::steps {
namespace {

std::string names_of(std::span<const graph::StepSpec> steps) {
  std::string names;
  for (const graph::StepSpec& step : steps) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", step.id);
  }
  return names;
}

}  // namespace

runtime::StepNumber GuardedStep::find(const graph::Graph& graph) const {
  const auto refuse = [&](const std::string& why) {
    return BuildError{fmt::format("dataflow \"{}\": {}: {}", graph.name(), by, why)};
  };
  const std::span<const graph::StepSpec> added = std::span{graph.steps()}.subspan(first);
  if (added.empty() || (added.size() > 1 && !logic_in_first)) {
    const bool clocked = std::ranges::any_of(added, &graph::StepSpec::is_clock);
    throw refuse(fmt::format("it wraps one step, and was given {}{}; {}",
                             added.empty() ? "none" : "several: ", names_of(added),
                             clocked ? "put the clock before it, by op::event_time, and give the step weir::EventTime"
                                     : "wrap each that may throw"));
  }
  const graph::StepSpec& step = added.front();
  if (step.inputs.size() != 1 || step.inputs.front().from != reads) {
    throw refuse(fmt::format("step \"{}\" must read the stream before the pipe, and no other", step.id));
  }
  if (step.holds_items) {
    throw refuse(fmt::format(
        "step \"{}\" gathers items for its logic, so the item at which the logic throws is not known", step.id));
  }
  if (step.keyed() != nullptr && !copy_before) {
    throw refuse(fmt::format(
        "step \"{}\" keeps a state for every key, which its logic may have changed when it throws; have the state "
        "copied first, by {}(step, weir::copy_before)",
        step.id, by));
  }
  if (step.keyed() != nullptr && !step.keyed()->can_copy_before) {
    throw refuse(fmt::format(
        "the state of step \"{}\" cannot be copied before its logic sees an item; make it copyable", step.id));
  }
  return first;
}

// They are counted on their way: a step counts its items.
void count_skipped(const Stream<Skipped>& skipped) {
  const graph::Graph& graph = graph::StreamAccess::graph(skipped);
  graph::add_step<Skipped>(graph.steps()[graph::StreamAccess::port(skipped).step].id + ".skipped", "skipped", skipped,
                           graph::direct_input(skipped), nullptr, [](graph::OperatorParts& parts) {
                             return graph::make_operator<PassOperator<Skipped>>(parts);
                           });
}

}  // namespace weir::detail::steps
