#pragma once

#include <cstdint>
#include <string>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// How much is written of each step.
enum class Detail : std::uint8_t {
  kWhole,
  kWithoutWorkers,  ///< `workers` of a step is null
};

/// A run as one JSON object, in one line: docs/formats/run-status.md has its members. Rates and shares are over the
/// time since `before`; without it, since the run's start.
[[nodiscard]] std::string to_json(const RunStatus& now, const RunStatus& before = {}, Detail detail = Detail::kWhole);

}  // namespace weir::detail::status
