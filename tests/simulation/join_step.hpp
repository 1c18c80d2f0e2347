#pragma once

#include "simulation/random_step.hpp"
#include "weir/join.hpp"

namespace weir::simulation {

/// Which values of a side a step that joins keeps.
[[nodiscard]] JoinInsert insert_of(const RandomStep& step);

/// Whether a step makes as many items of a key as pairs can be made of those that come.
[[nodiscard]] bool multiplies(const RandomStep& step);

}  // namespace weir::simulation
