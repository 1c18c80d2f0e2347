#include <chrono>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/time/duration.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/errors.hpp"

namespace weir::detail::windows {

void check_at_least_one(const std::string& step_id, const char* what, std::size_t count) {
  if (count == 0) {
    throw BuildError{fmt::format("step \"{}\": {} is 0; it must be at least 1", step_id, what)};
  }
}

void check_lateness(const std::string& step_id, std::chrono::nanoseconds lateness, bool possible) {
  if (lateness.count() < 0 || lateness > time::kLongestDuration) {
    throw BuildError{
        fmt::format("step \"{}\": allowed_lateness is {} ns; it must not be negative, and at most 36 years", step_id,
                    lateness.count())};
  }
  if (lateness.count() > 0 && !possible) {
    throw BuildError{fmt::format(
        "step \"{}\": with allowed_lateness a window's result is emitted while its fold is kept, so the fold must be "
        "copyable",
        step_id)};
  }
}

void check_alignment(const std::string& step_id, Time aligned_to) {
  constexpr Time kFirst = std::chrono::sys_days{std::chrono::year{1870} / 1 / 1};
  constexpr Time kLast = std::chrono::sys_days{std::chrono::year{2070} / 1 / 1};
  if (aligned_to < kFirst || aligned_to > kLast) {
    throw BuildError{fmt::format(
        "step \"{}\": aligned_to is {} ns since 1970; it must lie between the years 1870 and 2070, and may be "
        "the start of any window",
        step_id, aligned_to.time_since_epoch().count())};
  }
}

void check_tolerance(const std::string& step_id, std::chrono::nanoseconds tolerance) {
  if (tolerance.count() < 0 || tolerance > time::kLongestDuration) {
    throw BuildError{fmt::format(
        "step \"{}\": tolerance is {} ns; it must not be negative, and at most 36 years; leave it out for any age",
        step_id, tolerance.count())};
  }
}

void check_count(const std::string& step_id, const CountWindows& windows, bool copyable) {
  if (windows.length == 0) {
    throw BuildError{fmt::format("step \"{}\": CountWindows::length is 0; it must be at least 1", step_id)};
  }
  if (windows.every != 0 && windows.every < windows.length && !copyable) {
    throw BuildError{fmt::format(
        "step \"{}\": with every less than length an item is in several windows, so the values must be copyable",
        step_id)};
  }
}

void check_interval(const std::string& step_id, std::chrono::nanoseconds lower, std::chrono::nanoseconds upper) {
  if (lower > upper) {
    throw BuildError{
        fmt::format("step \"{}\": an interval from {} to {} ns is empty", step_id, lower.count(), upper.count())};
  }
  if (lower < -time::kLongestDuration || upper > time::kLongestDuration) {
    throw BuildError{fmt::format("step \"{}\": an interval from {} to {} ns reaches further than 36 years", step_id,
                                 lower.count(), upper.count())};
  }
}

std::string window_settings(std::chrono::nanoseconds length, std::chrono::nanoseconds every, Time aligned_to) {
  return fmt::format(" in windows of {} ns every {} ns from {} ns", length.count(), every.count(),
                     aligned_to.time_since_epoch().count());
}

std::string session_settings(std::chrono::nanoseconds gap) {
  return fmt::format(" in windows of sessions with a gap of {} ns", gap.count());
}

std::string count_settings(const CountWindows& windows) {
  return fmt::format(" in windows of {} items every {}", windows.length,
                     windows.every == 0 ? windows.length : windows.every);
}

void check_timed(const graph::Graph& graph, const std::string& step_id, bool timed) {
  if (!timed) {
    throw BuildError{
        fmt::format("dataflow \"{}\": step \"{}\" goes by weir::EventTime, and no event time flows there; put "
                    "op::event_time after each input that leads to it, or give it a weir::EventClock",
                    graph.name(), step_id)};
  }
}

}  // namespace weir::detail::windows
