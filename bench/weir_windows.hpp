#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "numbered.hpp"
#include "windows.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// The clock of T, SL and SE.
inline auto window_clock() {
  const auto time_of = [](const TimedValue& event) {
    return std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{event.time_ms}};
  };
  return EventClock{time_of, std::chrono::milliseconds{kOutOfOrderMs}};
}

/// Counts and sums the values of a window.
struct TotalsAggregator {
  WindowTotals first(const TimedValue& event) const { return {1, event.value}; }
  void add(WindowTotals& totals, const TimedValue& event) const { totals.add(event.value); }
  void merge(WindowTotals& totals, const WindowTotals& others) const { totals.add(others); }
  void subtract(WindowTotals& totals, const WindowTotals& part) const { totals.take_off(part); }
  WindowTotals result(const WindowTotals& totals) const { return totals; }
};

/// What each of the windows comes to that `windows` says.
template <typename Windows>
Outcome run_windows(std::uint64_t events, const Setup& setup, Windows windows) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = events;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"windows"};
    flow.input("input", Numbered{events, [](std::uint64_t n) { return make_event(n); }}) |
        op::aggregate_window("totals", std::move(windows), TotalsAggregator{}) |
        op::output(
            "out",
            tally_into(tallies, [](Tally& tally, const std::pair<std::uint64_t, InWindow<WindowTotals>>& closed) {
              const auto& [window, totals] = closed.second;
              const auto start = std::chrono::duration_cast<std::chrono::milliseconds>(window.start.time_since_epoch());
              tally_window(tally, closed.first, static_cast<std::uint64_t>(start.count()), totals);
            }));
    run(flow, options_of(setup));
  });
  add_up(outcome, tallies);
  return outcome;
}

inline Outcome run_tumbling_windows(std::uint64_t events, const Setup& setup) {
  return run_windows(events, setup, TumblingWindows{window_clock(), std::chrono::milliseconds{kTumblingMs}});
}

inline Outcome run_sliding_windows(std::uint64_t events, const Setup& setup) {
  const std::chrono::milliseconds slide{kSlideMs};
  return run_windows(events, setup, SlidingWindows{window_clock(), slide * kSlidingPanes, slide});
}

inline Outcome run_session_windows(std::uint64_t events, const Setup& setup) {
  return run_windows(events, setup, SessionWindows{window_clock(), std::chrono::milliseconds{kSessionGapMs}});
}

}  // namespace weir::bench
