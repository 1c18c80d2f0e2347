#pragma once

#include <string>
#include <string_view>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// The Content-Type of a page of metrics; without it, Prometheus 3 takes none.
inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A run as metrics for Prometheus: docs/operating.md has their table. Of a run with many steps and workers, the
/// metrics of steps are sums over the workers, so that the page stays small.
[[nodiscard]] std::string to_prometheus(const RunStatus& run, bool openmetrics);

}  // namespace weir::detail::status
