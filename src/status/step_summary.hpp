#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// What a step did in a whole run.
struct StepSummary {
  std::string id;
  std::string op;
  std::uint64_t items_in = 0;                ///< for an input, the items that it made
  std::optional<std::uint64_t> items_out{};  ///< nothing if the steps after it take items of others too
  std::uint64_t late = 0;                    ///< items that it dropped since they came too late
  std::uint64_t skipped = 0;                 ///< items at which its logic threw, and bad records of an input
  std::uint64_t keys_held = 0;
  nanoseconds busy{};
  double share = 0;  ///< of the time of all workers
};

/// Of all steps, in the order of the dataflow, but for those that only count what others skip.
[[nodiscard]] std::vector<StepSummary> summaries_of(const RunStatus& run);

/// The step that took the most time; nothing if none took any.
[[nodiscard]] const StepSummary* slowest_of(const std::vector<StepSummary>& steps);

/// What held back the flow of a run that has ended.
[[nodiscard]] std::string what_held_back(const RunStatus& run);

}  // namespace weir::detail::status
