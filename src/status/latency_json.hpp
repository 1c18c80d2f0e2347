#pragma once

#include "runtime/latency.hpp"
#include "weir/json.hpp"

namespace weir::detail::status {

/// Writes the member `latency` of a status or a summary: how many marks passed, and within which times.
void write_latency(JsonWriter& json, const runtime::Latency& latency);

}  // namespace weir::detail::status
