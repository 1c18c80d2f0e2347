#pragma once

#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// A run at its end, for a reader: some sentences, a table of the steps, and a table of the workers.
[[nodiscard]] std::string summary(const RunStatus& run);

/// The same as one JSON object, in one line: docs/formats/run-status.md has its members.
[[nodiscard]] std::string summary_json(const RunStatus& run);

}  // namespace weir::detail::status
