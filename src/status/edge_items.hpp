#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// How many items have come over each edge, from what steps count; nothing where that does not tell it.
[[nodiscard]] std::vector<std::optional<std::uint64_t>> edge_items(const RunStatus& run);

}  // namespace weir::detail::status
