#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "weir/aggregate.hpp"
#include "weir/detail/alarms.hpp"
#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/pane_folds.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/window.hpp"

namespace weir::detail {

/// Sliding windows that share panes: parts of the stream that are in the same windows, each folded once.
template <typename A, typename Arrivals>
class PaneLogic {
  using V = typename Arrivals::Value;
  using Fold = AggregateState<A, V>;

  /// An item for which some of its windows are over, though time has not closed them here yet.
  struct Late {
    Time promise{};
    Time time{};
    Fold fold{};
  };

 public:
  struct State {
    PaneFolds<Fold> panes;
    std::vector<Late> late;
    std::int64_t next = std::numeric_limits<std::int64_t>::max();  ///< the first window that may have something in it
  };
  using Result = AggregateResult<A, Fold>;
  using HasAlarms = void;
  using ClosesByTime = void;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  PaneLogic(A aggregator, Arrivals arrivals, std::chrono::nanoseconds length, std::chrono::nanoseconds every,
            Time aligned_to)
      : aggregator_{std::move(aggregator)},
        arrivals_{std::move(arrivals)},
        windows_{length, every, aligned_to},
        panes_{pane_of(length, every), pane_of(length, every), aligned_to},
        panes_a_window_{length / pane_of(length, every)},
        panes_a_step_{every / pane_of(length, every)} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               Alarms<K>& alarms) {
    Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    const std::int64_t pane = panes_.last_with(item.time);
    const std::int64_t last = floor_of(pane, panes_a_step_);
    if (windows_.end_of(last) <= item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!state) {
      state.emplace();
    }
    std::int64_t first = floor_of(pane - panes_a_window_, panes_a_step_) + 1;
    if (windows_.end_of(first) > item.promise) {
      if (state->panes.add(aggregator_, pane, std::move(item.value)) && emit.wants_events()) {
        tell_opened(*state, pane, first, last, emit);
      }
    } else {
      first = windows_.first_with(item.promise);
      state->late.push_back({item.promise, item.time, aggregator_.first(std::move(item.value))});
    }
    if (first < state->next) {
      state->next = first;
      Arrivals::wake(alarms, windows_.end_of(first));
    }
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, Alarms<K>& alarms) {
    // The alarm of the next window is set by the one that closes the window before it.
    if (close_until(state, Arrivals::reached(alarms), emit) && state) {
      Arrivals::wake(alarms, windows_.end_of(state->next));
    }
  }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, std::optional<State>& state, Emit& emit) {
    close_until(state, Time::max(), emit);
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, Alarms<K>& alarms) {
    Arrivals::wake(alarms, windows_.end_of(state.next));
  }

 private:
  static std::chrono::nanoseconds pane_of(std::chrono::nanoseconds length, std::chrono::nanoseconds every) {
    return std::chrono::nanoseconds{std::gcd(length.count(), every.count())};
  }
  static std::int64_t floor_of(std::int64_t number, std::int64_t divisor) {
    const std::int64_t quotient = number / divisor;
    return quotient - (number % divisor < 0 ? 1 : 0);
  }

  // The pane is new: it is the first in those of its windows that have no other.
  template <typename Emit>
  void tell_opened(State& state, std::int64_t pane, std::int64_t first, std::int64_t last, Emit& emit) {
    for (std::int64_t index = first; index <= last; ++index) {
      const std::int64_t begin = index * panes_a_step_;
      if (!state.panes.any_in(begin, pane - begin) &&
          !state.panes.any_in(pane + 1, begin + panes_a_window_ - pane - 1)) {
        emit.event(WindowEvent::Kind::kOpened, windows_.window(index));
      }
    }
  }

  // Says whether any window was closed.
  template <typename Emit>
  bool close_until(std::optional<State>& state, Time now, Emit& emit) {
    bool any = false;
    while (windows_.end_of(state->next) <= now) {
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
    const Window window = windows_.window(index);
    std::erase_if(state.late, [&](Late& late) {
      const bool counts = late.promise < window.end;
      if (counts) {
        state.panes.add_late(aggregator_, panes_.last_with(late.time), std::move(late.fold));
      }
      return counts;
    });
    const std::int64_t begin = index * panes_a_step_;
    if (std::optional<Fold> fold = state.panes.fold(aggregator_, begin, begin + panes_a_window_)) {
      emit.result(window, aggregator_.result(std::move(*fold)));
      emit.event(WindowEvent::Kind::kClosed, window);
    }
  }

  // The window behind the one that was closed which is the first to have something in it. False if there is none.
  bool find_next(State& state) {
    const std::int64_t following = state.next + 1;
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    if (!state.panes.closed_empty()) {
      const std::int64_t newest =
          state.panes.back.empty() ? state.panes.front.front().pane : state.panes.back.back().pane;
      next = floor_of(newest, panes_a_step_) >= following ? following : next;
    }
    if (!state.panes.open.empty()) {
      next = std::min(next, floor_of(state.panes.open.front().pane - panes_a_window_, panes_a_step_) + 1);
    }
    for (const Late& late : state.late) {
      next = std::min(next, windows_.first_with(late.promise));
    }
    if (next == std::numeric_limits<std::int64_t>::max()) {
      return false;
    }
    state.next = std::max(following, next);
    return true;
  }

  A aggregator_;
  Arrivals arrivals_;
  AlignedWindows windows_;
  AlignedWindows panes_;
  std::int64_t panes_a_window_;
  std::int64_t panes_a_step_;
};

}  // namespace weir::detail
