#pragma once

#include <optional>
#include <string>

#include "status/run_status.hpp"
#include "weir/json.hpp"

namespace weir::detail::status {

/// Writes the member `application` of a status or a summary.
void write_application(JsonWriter& json, const std::optional<ApplicationState>& application);

/// `3 of 8 shards, 1.2 M keys taken over`.
[[nodiscard]] std::string application_text(const ApplicationState& application);

}  // namespace weir::detail::status
