#pragma once

#include <cstdint>
#include <string>

#include "simulation/item.hpp"
#include "simulation/random_step.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

/// A step that folds each key's values to the end of the input: which one, and what it makes of them, goes by the
/// step's parameter.
/// The one whose fold depends on the order.
[[nodiscard]] RandomStep fold_in_order();
[[nodiscard]] bool minds_order_to_the_end(const RandomStep& step);
Stream<Item> build_final_step(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_final_step(const RandomStep& step, std::uint32_t key, const Items& in);

}  // namespace weir::simulation
