#pragma once

#include <string>

namespace weir::bench {

/// Compares what two runs of weir-bench measured, files of results, and prints a table; true if nothing became slower.
/// Each pair of a run was measured with its opponent in turn, so their ratios can be compared where figures of
/// different hours cannot.
bool compare(const std::string& before, const std::string& after);

}  // namespace weir::bench
