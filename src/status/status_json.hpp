#pragma once

#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// A run as one JSON object, in one line: docs/formats/run-status.md has its members. Rates and shares are over the
/// time since `before`; without it, since the run's start.
[[nodiscard]] std::string to_json(const RunStatus& now, const RunStatus& before = {});

}  // namespace weir::detail::status
