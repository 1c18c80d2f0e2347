#pragma once

#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"

namespace weir::detail::keyed {

/// Adds what has changed in the states of a step since the last epoch.
template <typename States>
void add_changes(const runtime::StepSite& site, States& states, snapshot::EpochPart& part) {
  if (states.changed()) {
    site.note(runtime::Activity::Kind::kWork);
    part.states.push_back({site.step, runtime::call(site, "state", [&] { return states.take_changes(); })});
  }
}

}  // namespace weir::detail::keyed
