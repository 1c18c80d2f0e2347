#pragma once

#include <string>
#include <vector>

#include "status/run_status.hpp"
#include "weir/time.hpp"

namespace weir::detail::status {

/// A warning or an error of a run's log.
struct LoggedProblem {
  Time at{};
  std::string text;
};

/// What went wrong lately, oldest first: what was logged, and the last bad records of all workers. Each is shortened,
/// and there are few bad records, so that they do not push out what was logged.
[[nodiscard]] std::vector<std::string> problems_of(const RunStatus& run, const std::vector<LoggedProblem>& logged);

}  // namespace weir::detail::status
