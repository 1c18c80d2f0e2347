#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/joins/time_join_outputs.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/time.hpp"

namespace weir::detail::joins {

/// Pairs each left value with the newest right one that is not newer. It waits until no such right value can come.
template <typename A, typename B, typename Arrivals>
class AsOfLogic {
  template <typename V>
  struct Held {
    Time time{};
    V value{};
  };

 public:
  struct State {
    std::vector<Held<A>> left;   ///< waiting, by time
    std::vector<Held<B>> right;  ///< by time; of those that event time has passed, the newest
    Time alarm = Time::max();    ///< the only one that counts
  };
  static constexpr keyed::LogicTraits kTraits{.alarms = true};
  using Row = std::pair<A, std::optional<B>>;
  template <typename K>
  using Outputs = TimeJoinOutputs<K, Row, std::variant<A, B>>;

  AsOfLogic(Arrivals arrivals, std::optional<std::chrono::nanoseconds> tolerance)
      : arrivals_{std::move(arrivals)}, tolerance_{tolerance} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               keyed::Alarms& alarms) {
    windows::Arrival<std::variant<A, B>> item = arrivals_.arrive(std::move(input), alarms);
    if (item.time < item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!state) {
      state.emplace();
    }
    const auto put = [&](auto& side, auto&& value) {
      using Side = std::remove_reference_t<decltype(side)>;
      side.insert(std::ranges::upper_bound(side, item.time, {}, &Side::value_type::time),
                  {item.time, std::forward<decltype(value)>(value)});
    };
    if (item.value.index() == 0) {
      put(state->left, std::get<0>(std::move(item.value)));
    } else {
      put(state->right, std::get<1>(std::move(item.value)));
    }
    set_alarm(*state, std::min(state->alarm, item.time), alarms);
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, keyed::Alarms& alarms) {
    const Time now = Arrivals::reached(alarms);
    if (state->alarm >= now) {
      return;
    }
    const auto to_come = std::ranges::lower_bound(state->left, now, {}, &Held<A>::time);
    const auto waiting = static_cast<std::size_t>(std::distance(state->left.begin(), to_come));
    const std::size_t emitted = keyed::emitted_at_once(waiting);
    const auto rest = state->left.begin() + static_cast<std::ptrdiff_t>(emitted);
    for (auto left = state->left.begin(); left != rest; ++left) {
      emit(Row{std::move(left->value), newest(*state, left->time)});
    }
    state->left.erase(state->left.begin(), rest);
    if (emitted < waiting) {
      state->alarm = Time::max();
      set_alarm(*state, state->left.front().time, alarms);
      return;
    }
    forget(*state, now);
    const Time next_left = state->left.empty() ? Time::max() : state->left.front().time;
    const Time next_right = state->right.empty() ? Time::max() : over(*state, now);
    state->alarm = Time::max();
    set_alarm(*state, std::min(next_left, next_right), alarms);
    if (state->left.empty() && state->right.empty()) {
      state.reset();
    }
  }

  static bool still_to_emit(const State& state) { return !state.left.empty(); }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    if (state.alarm != Time::max()) {
      Arrivals::wake(alarms, state.alarm + kInstant);
    }
  }

 private:
  static constexpr std::chrono::nanoseconds kInstant{1};  // a watermark at a time does not cover that time itself

  static void set_alarm(State& state, Time at, keyed::Alarms& alarms) {
    if (at != state.alarm) {
      state.alarm = at;
      Arrivals::wake(alarms, at + kInstant);
    }
  }

  [[nodiscard]] std::optional<B> newest(const State& state, Time time) const {
    const auto newer = std::ranges::upper_bound(state.right, time, {}, &Held<B>::time);
    if (newer == state.right.begin() || (tolerance_ && std::prev(newer)->time + *tolerance_ < time)) {
      return std::nullopt;
    }
    return std::prev(newer)->value;
  }

  // Of the right values that event time has passed, only the newest can still find a partner, within the tolerance.
  void forget(State& state, Time now) const {
    const auto to_come = std::ranges::lower_bound(state.right, now, {}, &Held<B>::time);
    if (to_come == state.right.begin()) {
      return;
    }
    const bool newest_counts = !tolerance_ || std::prev(to_come)->time + *tolerance_ >= now;
    state.right.erase(state.right.begin(), newest_counts ? std::prev(to_come) : to_come);
  }

  // When the oldest right value can be dropped, if none comes: when time passes the next one, or the tolerance ends.
  [[nodiscard]] Time over(const State& state, Time now) const {
    Time at = Time::max();
    if (state.right.size() > 1) {
      at = std::max(state.right[1].time, now);
    }
    if (tolerance_) {
      at = std::min(at, std::max(state.right.front().time + *tolerance_, now));
    }
    return at;
  }

  Arrivals arrivals_;
  std::optional<std::chrono::nanoseconds> tolerance_;
};

}  // namespace weir::detail::joins
