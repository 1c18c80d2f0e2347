#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "weir/detail/graph/graph.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

// What cannot be is a BuildError that names the step.

void check_at_least_one(const std::string& step_id, const char* what, std::size_t count);

/// @param possible  whether folds can be copied
void check_lateness(const std::string& step_id, std::chrono::nanoseconds lateness, bool possible);

void check_interval(const std::string& step_id, std::chrono::nanoseconds lower, std::chrono::nanoseconds upper);

void check_tolerance(const std::string& step_id, std::chrono::nanoseconds tolerance);

void check_alignment(const std::string& step_id, Time aligned_to);

/// @param copyable  whether values are
void check_count(const std::string& step_id, const CountWindows& windows, bool copyable);

/// The numbers of windows that start elsewhere or are longer mean something else: this goes into the shape of states.
[[nodiscard]] std::string window_settings(std::chrono::nanoseconds length, std::chrono::nanoseconds every,
                                          Time aligned_to);

/// Likewise: sessions that are open lie as far apart as the gap was, and windows by count are as long as they were.
[[nodiscard]] std::string session_settings(std::chrono::nanoseconds gap);
[[nodiscard]] std::string count_settings(const CountWindows& windows);

/// @param timed  whether event time flows in all that feeds the step
void check_timed(const graph::Graph& graph, const std::string& step_id, bool timed);

}  // namespace weir::detail::windows
