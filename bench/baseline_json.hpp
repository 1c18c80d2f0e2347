#pragma once

#include <cstdint>
#include <string>

#include "workloads.hpp"

namespace weir::bench {

/// Parses the events of a log in JSON Lines with simdjson and counts search sessions, in one hand-written loop on one
/// thread, without any runtime. The whole file is in memory at once.
Outcome hand_written_json_sessions(const std::string& path);

/// The same events, counted by user.
Outcome hand_written_json_counts(const std::string& path);

}  // namespace weir::bench
