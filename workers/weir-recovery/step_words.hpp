#pragma once

#include <string_view>

#include "recovery/snapshot_store.hpp"

/// What a store keeps of each partition of a source: "positions". Steps that set event time count as sources there.
inline std::string_view what_is_kept(const weir::detail::recovery::StepRecord& source) {
  return source.op == "event_time" ? "event times" : "positions";
}
