#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/joins/time_join_outputs.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/time.hpp"

namespace weir::detail::joins {

/// Pairs values of two sides whose times lie close to each other. A value is kept as long as a partner may come in
/// time. Then a value without a partner is emitted, if its side is kept: any later partner would be late, so that
/// nothing contradicts it.
///
/// @tparam kKeepsLeft   whether values of the left side that find no partner are emitted
/// @tparam kKeepsRight  the same for the right
template <bool kKeepsLeft, bool kKeepsRight, typename A, typename B, typename Arrivals>
class IntervalLogic {
  template <typename V, bool kKeeps>
  struct Held {
    Time time{};
    V value{};
  };
  template <typename V>
  struct Held<V, true> {
    Time time{};
    V value{};
    bool matched = false;
  };
  using HeldLeft = Held<A, kKeepsLeft>;
  using HeldRight = Held<B, kKeepsRight>;

 public:
  struct State {
    std::vector<HeldLeft> left;    ///< by time
    std::vector<HeldRight> right;  ///< by time
    Time alarm = Time::max();      ///< the only one that counts
  };
  static constexpr keyed::LogicTraits kTraits{.alarms = true};
  using Row = std::pair<std::conditional_t<kKeepsRight, std::optional<A>, A>,
                        std::conditional_t<kKeepsLeft, std::optional<B>, B>>;
  template <typename K>
  using Outputs = TimeJoinOutputs<K, Row, std::variant<A, B>>;

  /// A right value fits if its time lies from `lower` to `upper` after that of the left one.
  IntervalLogic(Arrivals arrivals, std::chrono::nanoseconds lower, std::chrono::nanoseconds upper)
      : arrivals_{std::move(arrivals)}, lower_{lower}, upper_{upper} {}

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
    if (item.value.index() == 0) {
      HeldLeft left{item.time, std::get<0>(std::move(item.value))};
      for_between(state->right, item.time + lower_, item.time + upper_, [&](HeldRight& right) {
        match(left, right);
        emit({left.value, right.value});
      });
      keep<true>(state->left, std::move(left), upper_, *state, emit, alarms);
    } else {
      HeldRight right{item.time, std::get<1>(std::move(item.value))};
      for_between(state->left, item.time - upper_, item.time - lower_, [&](HeldLeft& left) {
        match(left, right);
        emit({left.value, right.value});
      });
      keep<false>(state->right, std::move(right), -lower_, *state, emit, alarms);
    }
    drop_if_empty(state);
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, keyed::Alarms& alarms) {
    const Time now = Arrivals::reached(alarms);
    if (state->alarm >= now) {
      return;
    }
    const bool left_forgotten = forget<true>(state->left, upper_, now, emit);
    const bool right_forgotten = forget<false>(state->right, -lower_, now, emit);
    Time next = left_forgotten && right_forgotten ? Time::max() : now - kInstant;
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

  static bool still_to_emit(const State& state) {
    const auto waits = [](const auto& each) { return !each.matched; };
    bool open = false;
    if constexpr (kKeepsLeft) {
      open = open || std::ranges::any_of(state.left, waits);
    }
    if constexpr (kKeepsRight) {
      open = open || std::ranges::any_of(state.right, waits);
    }
    return open;
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    Arrivals::wake(alarms, state.alarm + kInstant);
  }

 private:
  static constexpr std::chrono::nanoseconds kNothing{0};
  static constexpr std::chrono::nanoseconds kInstant{1};  // a watermark at a time does not cover that time itself

  template <typename Side, typename Use>
  static void for_between(Side& side, Time from, Time to, Use use) {
    for (auto each = std::ranges::lower_bound(side, from, {}, &Side::value_type::time);
         each != side.end() && each->time <= to; ++each) {
      use(*each);
    }
  }

  static void match(HeldLeft& left, HeldRight& right) {
    if constexpr (kKeepsLeft) {
      left.matched = true;
    }
    if constexpr (kKeepsRight) {
      right.matched = true;
    }
  }

  // No partner of the value can come any more.
  template <bool kIsLeft, typename Held, typename Emit>
  static void give_up(Held& held, Emit& emit) {
    if constexpr (kIsLeft ? kKeepsLeft : kKeepsRight) {
      if (held.matched) {
        return;
      }
      if constexpr (kIsLeft) {
        emit({std::move(held.value), std::nullopt});
      } else {
        emit({std::nullopt, std::move(held.value)});
      }
    }
  }

  // Keeps a value until event time has passed all possible partners.
  template <bool kIsLeft, typename Held, typename Emit>
  void keep(std::vector<Held>& side, std::type_identity_t<Held>&& held, std::chrono::nanoseconds reach, State& state,
            Emit& emit, keyed::Alarms& alarms) {
    const Time time = held.time;
    if (time + reach < Arrivals::reached(alarms)) {
      give_up<kIsLeft>(held, emit);
      return;
    }
    side.insert(std::ranges::upper_bound(side, time, {}, &Held::time), std::move(held));
    const Time last = time + std::max(reach, kNothing);
    if (last < state.alarm) {
      state.alarm = last;
      Arrivals::wake(alarms, last + kInstant);
    }
  }

  // Returns whether it dropped all due values: of many it drops only some, since each may be emitted.
  template <bool kIsLeft, typename Held, typename Emit>
  static bool forget(std::vector<Held>& side, std::chrono::nanoseconds reach, Time now, Emit& emit) {
    const auto stays = std::ranges::find_if(side, [&](const Held& each) { return each.time + reach >= now; });
    const auto over = static_cast<std::size_t>(std::distance(side.begin(), stays));
    const std::size_t forgotten = keyed::emitted_at_once(over);
    const auto kept = side.begin() + static_cast<std::ptrdiff_t>(forgotten);
    for (auto each = side.begin(); each != kept; ++each) {
      give_up<kIsLeft>(*each, emit);
    }
    side.erase(side.begin(), kept);
    return forgotten == over;
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

}  // namespace weir::detail::joins
