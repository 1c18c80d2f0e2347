#pragma once

#include <string>
#include <vector>

#include "result.hpp"

namespace weir::bench {

/// How rates grow with the number of workers, as an SVG drawing: a panel for each workload and exchange mode, with what
/// was measured, the ideal line, and the scaling law that fits.
std::string draw_scaling(const std::vector<Result>& results);

}  // namespace weir::bench
