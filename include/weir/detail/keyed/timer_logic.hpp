#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/timers.hpp"

namespace weir::detail::keyed {

/// The state of a key with timers.
template <typename S>
struct TimedState {
  std::optional<S> state;
  std::vector<Timer> timers;  ///< in their order
};

/// A user's logic with timers as a logic with alarms.
template <typename L>
class TimerLogic {
 public:
  using State = TimedState<typename L::State>;
  using Output = typename L::Output;
  static constexpr LogicTraits kTraits{.alarms = true};

  explicit TimerLogic(L logic) : logic_{std::move(logic)} {}

  template <typename K, typename V, typename Emit>
  void on_item(const K& key, std::optional<State>& state, V&& value, Emit& emit, Alarms& alarms) {
    if (!state) {
      state.emplace();
    }
    Timers timers{state->timers, alarms};
    logic_.on_item(key, state->state, std::forward<V>(value), emit, timers);
    drop_if_empty(state);
  }

  // Each timer has an alarm of its own, so one rings at a time: what a key's timers emit may be much.
  template <typename K, typename Emit>
  void on_alarm(const K& key, std::optional<State>& state, Emit& emit, Alarms& alarms) {
    const auto rings = [&](const Timer& timer) {
      return timer.at <= (timer.domain == TimeDomain::kEvent ? alarms.watermark() : alarms.system());
    };
    const auto first = std::ranges::find_if(state->timers, rings);
    if (first == state->timers.end()) {
      return;  // it was cancelled, or belongs to a key that had the slot before
    }
    const Timer timer = *first;
    state->timers.erase(first);
    Timers timers{state->timers, alarms};
    logic_.on_timer(key, state->state, timer, emit, timers);
    drop_if_empty(state);
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, Alarms& alarms) {
    for (const Timer& timer : state.timers) {
      alarms.set(timer);
    }
  }

  /// Whether the end of the input would call back.
  static bool timers_wait(const State& state) {
    return std::ranges::any_of(state.timers, [](const Timer& timer) { return timer.domain == TimeDomain::kEvent; });
  }

  template <typename K, typename Emit>
    requires requires(L& logic, const K& key, std::optional<typename L::State>& state, Emit& emit) {
      logic.on_end(key, state, emit);
    }
  void on_end(const K& key, std::optional<State>& state, Emit& emit) {
    logic_.on_end(key, state->state, emit);
    drop_if_empty(state);
  }

 private:
  static void drop_if_empty(std::optional<State>& state) {
    if (!state->state) {
      state.reset();
    }
  }

  L logic_;
};

}  // namespace weir::detail::keyed
