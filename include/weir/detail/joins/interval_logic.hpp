#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/alarms.hpp"
#include "weir/detail/joins/time_join_outputs.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/time.hpp"

namespace weir::detail {

/// Pairs of two sides whose times lie close to each other. A value is kept as long as a partner may come that is not
/// late.
template <typename A, typename B, typename Arrivals>
class IntervalLogic {
  template <typename V>
  struct Held {
    Time time{};
    V value{};
  };

 public:
  struct State {
    std::vector<Held<A>> left;   ///< by time
    std::vector<Held<B>> right;  ///< by time
    Time alarm = Time::max();    ///< the only one that counts
  };
  using HasAlarms = void;
  template <typename K>
  using Outputs = TimeJoinOutputs<K, std::pair<A, B>, std::variant<A, B>>;

  /// A right value fits if its time lies from `lower` to `upper` behind that of the left one.
  IntervalLogic(Arrivals arrivals, std::chrono::nanoseconds lower, std::chrono::nanoseconds upper)
      : arrivals_{std::move(arrivals)}, lower_{lower}, upper_{upper} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               Alarms& alarms) {
    Arrival<std::variant<A, B>> item = arrivals_.arrive(std::move(input), alarms);
    if (item.time < item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!state) {
      state.emplace();
    }
    if (item.value.index() == 0) {
      A& left = std::get<0>(item.value);
      for_between(state->right, item.time + lower_, item.time + upper_, [&](const B& right) { emit({left, right}); });
      keep(state->left, item.time, std::move(left), upper_, *state, alarms);
    } else {
      B& right = std::get<1>(item.value);
      for_between(state->left, item.time - upper_, item.time - lower_, [&](const A& left) { emit({left, right}); });
      keep(state->right, item.time, std::move(right), -lower_, *state, alarms);
    }
    drop_if_empty(state);
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& /*emit*/, Alarms& alarms) {
    const Time now = Arrivals::reached(alarms);
    if (state->alarm >= now) {
      return;
    }
    forget(state->left, upper_, now);
    forget(state->right, -lower_, now);
    Time next = Time::max();
    if (!state->left.empty()) {
      next = std::min(next, state->left.front().time + std::max(upper_, kNothing));
    }
    if (!state->right.empty()) {
      next = std::min(next, state->right.front().time + std::max(-lower_, kNothing));
    }
    state->alarm = next;
    if (next != Time::max()) {
      Arrivals::wake(alarms, next + kInstant);
    }
    drop_if_empty(state);
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, Alarms& alarms) {
    Arrivals::wake(alarms, state.alarm + kInstant);
  }

 private:
  static constexpr std::chrono::nanoseconds kNothing{0};
  static constexpr std::chrono::nanoseconds kInstant{1};  // a watermark at a time says nothing yet of that time

  template <typename V, typename Use>
  static void for_between(const std::vector<Held<V>>& side, Time from, Time to, Use use) {
    for (auto each = std::ranges::lower_bound(side, from, {}, &Held<V>::time); each != side.end() && each->time <= to;
         ++each) {
      use(each->value);
    }
  }

  // Kept until event time has passed all that may come to it.
  template <typename V>
  void keep(std::vector<Held<V>>& side, Time time, V&& value, std::chrono::nanoseconds reach, State& state,
            Alarms& alarms) {
    if (time + reach < Arrivals::reached(alarms)) {
      return;
    }
    side.insert(std::ranges::upper_bound(side, time, {}, &Held<V>::time), Held<V>{time, std::forward<V>(value)});
    const Time last = time + std::max(reach, kNothing);
    if (last < state.alarm) {
      state.alarm = last;
      Arrivals::wake(alarms, last + kInstant);
    }
  }

  template <typename V>
  static void forget(std::vector<Held<V>>& side, std::chrono::nanoseconds reach, Time now) {
    const auto kept = std::ranges::find_if(side, [&](const Held<V>& each) { return each.time + reach >= now; });
    side.erase(side.begin(), kept);
  }

  static void drop_if_empty(std::optional<State>& state) {
    if (state->left.empty() && state->right.empty()) {
      state.reset();
    }
  }

  Arrivals arrivals_;
  std::chrono::nanoseconds lower_;
  std::chrono::nanoseconds upper_;
};

}  // namespace weir::detail
