#pragma once

#include <string>

#include "weir/run.hpp"

namespace weir::detail::coordinator {

/// A run's profile as a table for people: a row for each step, and for what is not done for a step, over all workers
/// and for each of them.
[[nodiscard]] std::string profile_table(const RunReport& report);

}  // namespace weir::detail::coordinator
