// The dataflow: visits of pages, counted by page and minute.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <weir/weir.hpp>

struct Visit {  // a line of input: {"page":"/home","time":"2026-01-02T03:04:05Z"}
  std::string page;
  weir::Time time;
};

struct Count {  // a line of output
  std::string page;
  weir::Time minute;
  std::uint64_t visits;
};

inline auto visit_shape() { return weir::fields<Visit>("page", "time"); }
inline auto count_shape() { return weir::fields<Count>("page", "minute", "visits"); }

/// Visits may come up to 10 s later than others that happened after them.
inline weir::Stream<Count> visits_per_minute(const weir::Stream<Visit>& visits) {
  using namespace std::chrono_literals;
  const auto count = [](const std::pair<std::string, weir::InWindow<std::uint64_t>>& counted) {
    return Count{counted.first, counted.second.window.start, counted.second.value};
  };
  const auto counted =
      visits | weir::op::key_on("by_page", &Visit::page) |
      weir::op::count_window("per_minute", weir::TumblingWindows{weir::EventClock{&Visit::time, 10s}, 1min});
  return counted.down | weir::op::map("count", count);
}
