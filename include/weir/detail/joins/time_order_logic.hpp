#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "weir/detail/joins/time_join_outputs.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/time.hpp"

namespace weir::detail::joins {

/// Holds values back until no earlier one can come.
template <typename V, typename Arrivals>
class TimeOrderLogic {
  struct Held {
    Time time{};
    V value{};
  };

 public:
  using State = std::vector<Held>;  // by time, never empty; its alarm is that of the first
  static constexpr keyed::LogicTraits kTraits{.alarms = true, .gives_up_folds = true};
  template <typename K>
  using Outputs = TimeJoinOutputs<K, V, V>;

  explicit TimeOrderLogic(Arrivals arrivals) : arrivals_{std::move(arrivals)} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               keyed::Alarms& alarms) {
    windows::Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    if (item.time < item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!state) {
      state.emplace();
    }
    const auto later = std::ranges::upper_bound(*state, item.time, {}, &Held::time);
    const bool first = later == state->begin();
    state->insert(later, {item.time, std::move(item.value)});
    if (first) {
      set_alarm(*state, alarms);
    }
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, keyed::Alarms& alarms) {
    const Time now = Arrivals::reached(alarms);
    if (state->front().time >= now) {
      return;
    }
    const auto to_come = std::ranges::lower_bound(*state, now, {}, &Held::time);
    const auto emitted = static_cast<std::ptrdiff_t>(
        keyed::emitted_at_once(static_cast<std::size_t>(std::distance(state->begin(), to_come))));
    const auto rest = state->begin() + emitted;
    for (auto held = state->begin(); held != rest; ++held) {
      emit(std::move(held->value));
    }
    state->erase(state->begin(), rest);
    if (state->empty()) {
      state.reset();
    } else {
      set_alarm(*state, alarms);
    }
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    set_alarm(state, alarms);
  }

 private:
  static constexpr std::chrono::nanoseconds kInstant{1};  // a watermark at a time does not cover that time itself

  static void set_alarm(const State& state, keyed::Alarms& alarms) {
    Arrivals::wake(alarms, state.front().time + kInstant);
  }

  Arrivals arrivals_;
};

}  // namespace weir::detail::joins
