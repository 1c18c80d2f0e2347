#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "weir/detail/graph/graph.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

// Invalid settings throw a BuildError that names the step.

void check_at_least_one(const std::string& step_id, const char* what, std::size_t count);

/// @param possible  whether folds can be copied
void check_lateness(const std::string& step_id, std::chrono::nanoseconds lateness, bool possible);

void check_interval(const std::string& step_id, std::chrono::nanoseconds lower, std::chrono::nanoseconds upper);

void check_tolerance(const std::string& step_id, std::chrono::nanoseconds tolerance);

void check_alignment(const std::string& step_id, Time aligned_to);

/// @param copyable  whether values are
void check_count(const std::string& step_id, const CountWindows& windows, bool copyable);

/// The meaning of window numbers depends on these settings, so they go into the shape of states.
[[nodiscard]] std::string window_settings(std::chrono::nanoseconds length, std::chrono::nanoseconds every,
                                          Time aligned_to);

/// The same: the distance of open sessions depends on the gap, and the size of windows by count on the count.
[[nodiscard]] std::string session_settings(std::chrono::nanoseconds gap);
[[nodiscard]] std::string count_settings(const CountWindows& windows);

/// @param timed  whether event time flows in all that feeds the step
void check_timed(const graph::Graph& graph, const std::string& step_id, bool timed);

}  // namespace weir::detail::windows
