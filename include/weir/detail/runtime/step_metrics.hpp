#pragma once

#include <deque>
#include <string>
#include <utility>

#include "weir/detail/runtime/user_metric.hpp"

namespace weir::detail::runtime {

/// The metrics that a step of a program registered on one worker. They keep their addresses.
class StepMetrics {
 public:
  explicit StepMetrics(std::string step_id) : step_id_{std::move(step_id)} {}

  /// A metric of that name: a new one, or the same if it was registered before.
  /// @throws BuildError  if the name is malformed, or stands for a metric of another kind, help or bounds
  UserMetric& add(UserMetric metric);

  [[nodiscard]] const std::deque<UserMetric>& all() const noexcept { return metrics_; }

 private:
  [[noreturn]] void refuse(const std::string& name, const char* why) const;

  std::string step_id_;
  std::deque<UserMetric> metrics_;
};

}  // namespace weir::detail::runtime
