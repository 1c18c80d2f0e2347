#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/pane_folds.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// Sliding windows by the system's clock that share panes. No item is late by that clock. But the workers see different
/// times at the end of an epoch, so each key stores which windows it has been in.
template <typename A, typename Arrivals>
class PaneLogic {
  using V = typename Arrivals::Value;
  using Fold = AggregateState<A, V>;

 public:
  struct State {
    PaneFolds<Fold> panes;
    std::int64_t next = std::numeric_limits<std::int64_t>::max();  ///< the first window that may have values
  };
  using Result = AggregateResult<A, Fold>;
  static constexpr keyed::LogicTraits kTraits{.alarms = true, .by_wall = Arrivals::kGoesByWall, .closes_by_time = true};
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  PaneLogic(A aggregator, Arrivals arrivals, PaneGrid panes)
      : aggregator_{std::move(aggregator)}, arrivals_{std::move(arrivals)}, panes_{panes} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               keyed::Alarms& alarms) {
    Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    const std::int64_t pane = panes_.pane_with(item.time);
    if (panes_.in_gap(pane)) {
      return;
    }
    const std::int64_t first = panes_.first_window_of(pane);
    if (!state) {
      state.emplace();
    }
    if (state->panes.add(aggregator_, pane, std::move(item.value)) && emit.wants_events()) {
      tell_opened(*state, pane, emit);
    }
    if (first < state->next) {
      state->next = first;
      Arrivals::wake(alarms, windows().end_of(first));
    }
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, keyed::Alarms& alarms) {
    // The alarm that closes a window sets that of the next one.
    if (close_until(state, Arrivals::reached(alarms), emit) && state) {
      Arrivals::wake(alarms, windows().end_of(state->next));
    }
  }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, std::optional<State>& state, Emit& emit) {
    close_until(state, Time::max(), emit);
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    Arrivals::wake(alarms, windows().end_of(state.next));
  }

 private:
  [[nodiscard]] const AlignedWindows& windows() const noexcept { return panes_.windows(); }

  // The pane is new, so it opens those of its windows that have no other pane.
  template <typename Emit>
  void tell_opened(State& state, std::int64_t pane, Emit& emit) {
    for (std::int64_t index = panes_.first_window_of(pane); index <= panes_.last_window_of(pane); ++index) {
      if (!state.panes.any_between(panes_.first_of(index), pane)) {
        emit.event(WindowEvent::Kind::kOpened, windows().window(index));
      }
    }
  }

  // Returns whether any window was closed.
  template <typename Emit>
  bool close_until(std::optional<State>& state, Time now, Emit& emit) {
    bool any = false;
    while (windows().end_of(state->next) <= now) {
      any = true;
      close(*state, state->next, emit);
      if (!find_next(*state)) {
        state.reset();
        break;
      }
    }
    return any;
  }

  template <typename Emit>
  void close(State& state, std::int64_t index, Emit& emit) {
    const Window window = windows().window(index);
    if (std::optional<Fold> fold = state.panes.fold(aggregator_, panes_.first_of(index), panes_.end_of(index))) {
      emit.result(window, aggregator_.result(std::move(*fold)));
      emit.event(WindowEvent::Kind::kClosed, window);
    }
  }

  // Finds the first window with values after the closed one. False if there is none.
  bool find_next(State& state) {
    const std::int64_t following = state.next + 1;
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    if (!state.panes.closed_empty()) {
      const std::int64_t newest =
          state.panes.back.empty() ? state.panes.front.front().pane : state.panes.back.back().pane;
      next = panes_.last_window_of(newest) >= following ? following : next;
    }
    if (!state.panes.open.empty()) {
      next = std::min(next, panes_.first_window_of(state.panes.open.front().pane));
    }
    if (next == std::numeric_limits<std::int64_t>::max()) {
      return false;
    }
    state.next = std::max(following, next);
    return true;
  }

  A aggregator_;
  Arrivals arrivals_;
  PaneGrid panes_;
};

}  // namespace weir::detail::windows
