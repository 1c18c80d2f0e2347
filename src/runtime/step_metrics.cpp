#include "weir/detail/runtime/step_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "weir/errors.hpp"
#include "weir/metrics.hpp"

namespace weir::detail::runtime {
namespace {

// As Prometheus takes it, in the case of step ids.
bool well_formed(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && (name.front() < '0' || name.front() > '9') && std::ranges::all_of(name, allowed);
}

bool rises(const std::vector<double>& bounds) {
  return std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); }) &&
         std::ranges::adjacent_find(bounds, std::greater_equal{}) == bounds.end();
}

}  // namespace

void StepMetrics::refuse(const std::string& name, const char* why) const {
  throw BuildError{fmt::format("step \"{}\": metric \"{}\" {}", step_id_, name, why)};
}

UserMetric& StepMetrics::add(UserMetric metric) {
  if (!well_formed(metric.name)) {
    refuse(metric.name, "is malformed; a name has lower-case letters, digits and _, and begins with no digit");
  }
  if (metric.name.starts_with("weir_")) {
    refuse(metric.name, "begins with weir_, as weir's own metrics do; choose another name");
  }
  if (!rises(metric.bounds) || (metric.kind == UserMetric::Kind::kHistogram && metric.bounds.empty())) {
    refuse(metric.name, "needs bounds that rise and are finite");
  }
  const auto same = std::ranges::find(metrics_, metric.name, &UserMetric::name);
  if (same == metrics_.end()) {
    metric.buckets.resize(metric.bounds.size());
    return metrics_.emplace_back(std::move(metric));
  }
  if (same->kind != metric.kind || same->help != metric.help || same->bounds != metric.bounds) {
    refuse(metric.name, "is registered twice, with another kind, help or bounds");
  }
  return *same;
}

}  // namespace weir::detail::runtime

namespace weir {
namespace {

using detail::runtime::UserMetric;

UserMetric* add_to(detail::runtime::StepMetrics* metrics, UserMetric metric) {
  return metrics == nullptr ? nullptr : &metrics->add(std::move(metric));
}

}  // namespace

Counter WorkerContext::counter(const char* name, const char* help) const {
  return Counter{add_to(metrics, {.kind = UserMetric::Kind::kCounter, .name = name, .help = help})};
}

Gauge WorkerContext::gauge(const char* name, const char* help) const {
  return Gauge{add_to(metrics, {.kind = UserMetric::Kind::kGauge, .name = name, .help = help})};
}

Histogram WorkerContext::histogram(const char* name, const char* help, std::initializer_list<double> bounds) const {
  return Histogram{
      add_to(metrics, {.kind = UserMetric::Kind::kHistogram, .name = name, .help = help, .bounds = bounds})};
}

}  // namespace weir
