#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/codec/box.hpp"
#include "weir/detail/codec/few.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// A window of a key and the fold of its values.
template <typename Fold>
struct WindowFold {
  std::int64_t index = 0;
  Fold fold{};
};

/// Tumbling and sliding windows, with one fold for each window of a key.
///
/// @tparam kOverlaps  whether an item may be in several windows, so that it must be copied
template <typename A, typename Arrivals, bool kOverlaps>
class PerWindowLogic {
  using V = typename Arrivals::Value;
  using Fold = AggregateState<A, V>;

  using Slot = WindowFold<Fold>;

 public:
  /// The state besides open windows, where lateness is allowed.
  struct Lenient {
    std::vector<Slot> kept;  ///< closed, but late items may come; by number
    /// Late items of windows that time has not closed here yet: their results follow the window's own result.
    std::vector<std::pair<std::int64_t, V>> late;
  };
  struct State {
    codec::Few<Slot> open;  ///< by number
    codec::Box<Lenient> lenient;
  };
  using Result = AggregateResult<A, Fold>;
  static constexpr keyed::LogicTraits kTraits{.alarms = true, .by_wall = Arrivals::kGoesByWall, .closes_by_time = true};
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  PerWindowLogic(A aggregator, Arrivals arrivals, AlignedWindows windows, std::chrono::nanoseconds allowed_lateness)
      : aggregator_{std::move(aggregator)},
        arrivals_{std::move(arrivals)},
        windows_{windows},
        allowed_lateness_{allowed_lateness} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, typename Arrivals::Input&& input, Emit& emit,
               keyed::Alarms& alarms) {
    Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    const std::int64_t last = windows_.last_with(item.time);
    const std::int64_t first = kOverlaps ? windows_.first_with(item.time) : last;
    if (first > last || windows_.end_of(last) <= item.time) {
      return;  // in the gap between two windows
    }
    if (windows_.end_of(last) + allowed_lateness_ <= item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!state) {
      state.emplace();
    }
    for (std::int64_t index = first; index < last; ++index) {
      if constexpr (kOverlaps) {
        V copy{std::as_const(item.value)};
        take(*state, index, std::move(copy), item.promise, emit, alarms);
      }
    }
    take(*state, last, std::move(item.value), item.promise, emit, alarms);
    if (state->lenient && !state->lenient->late.empty()) {
      settle(state, Arrivals::reached(alarms), emit, wake_by(alarms));
    }
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, std::optional<State>& state, Emit& emit, keyed::Alarms& alarms) {
    settle(state, Arrivals::reached(alarms), emit, wake_by(alarms));
  }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, std::optional<State>& state, Emit& emit) {
    settle(state, Time::max(), emit, [](Time /*at*/) {});
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    state.open.for_each([&](const Slot& slot) { Arrivals::wake(alarms, windows_.end_of(slot.index)); });
    if (!state.lenient) {
      return;
    }
    for (const Slot& slot : state.lenient->kept) {
      Arrivals::wake(alarms, windows_.end_of(slot.index) + allowed_lateness_);
    }
    for (const auto& [index, value] : state.lenient->late) {
      Arrivals::wake(alarms, windows_.end_of(index));
    }
  }

 private:
  static auto wake_by(keyed::Alarms& alarms) {
    return [&alarms](Time at) { Arrivals::wake(alarms, at); };
  }

  template <typename Emit>
  void take(State& state, std::int64_t index, V&& value, Time promise, Emit& emit, keyed::Alarms& alarms) {
    const Time end = windows_.end_of(index);
    if (end > promise) {
      if (Slot* const slot = state.open.find_sorted(index, &Slot::index)) {
        aggregator_.add(slot->fold, std::move(value));
        return;
      }
      state.open.insert_sorted(Slot{index, aggregator_.first(std::move(value))}, &Slot::index);
      Arrivals::wake(alarms, end);
      emit.event(WindowEvent::Kind::kOpened, windows_.window(index));
    } else if (end + allowed_lateness_ > promise) {
      state.lenient.get().late.emplace_back(index, std::move(value));
      if (Arrivals::reached(alarms) < end) {
        Arrivals::wake(alarms, end);
      }
    }
  }

  // Returns whether the window is new.
  bool add(std::vector<Slot>& slots, std::int64_t index, V&& value) {
    const auto place = std::ranges::lower_bound(slots, index, {}, &Slot::index);
    if (place != slots.end() && place->index == index) {
      aggregator_.add(place->fold, std::move(value));
      return false;
    }
    slots.insert(place, Slot{index, aggregator_.first(std::move(value))});
    return true;
  }

  template <typename Emit, typename Wake>
  void settle(std::optional<State>& state, Time now, Emit& emit, Wake wake) {
    state->open.erase_if([&](Slot& slot) {
      if (windows_.end_of(slot.index) > now) {
        return false;
      }
      close(*state, std::move(slot), emit, wake);
      return true;
    });
    if (state->lenient) {
      take_late(*state->lenient, now, emit, wake);
      forget_kept(*state->lenient, now, emit);
    }
    if (state->open.empty() && (!state->lenient || (state->lenient->kept.empty() && state->lenient->late.empty()))) {
      state.reset();
    }
  }

  template <typename Emit, typename Wake>
  void close(State& state, Slot slot, Emit& emit, Wake wake) {
    const Window window = windows_.window(slot.index);
    if (allowed_lateness_.count() > 0) {
      emit_so_far(slot, emit);
      wake(window.end + allowed_lateness_);
      std::vector<Slot>& kept = state.lenient.get().kept;
      kept.insert(std::ranges::lower_bound(kept, slot.index, {}, &Slot::index), std::move(slot));
    } else {
      emit.result(window, aggregator_.result(std::move(slot.fold)));
      emit.event(WindowEvent::Kind::kClosed, window);
    }
  }

  template <typename Emit>
  void emit_so_far(const Slot& slot, Emit& emit) {
    if constexpr (copyable<Fold>) {
      emit.result(windows_.window(slot.index), aggregator_.result(Fold{slot.fold}));
    }
  }

  template <typename Emit, typename Wake>
  void take_late(Lenient& state, Time now, Emit& emit, Wake wake) {
    std::erase_if(state.late, [&](std::pair<std::int64_t, V>& late) {
      const Window window = windows_.window(late.first);
      if (window.end > now) {
        return false;
      }
      if (add(state.kept, late.first, std::move(late.second))) {
        emit.event(WindowEvent::Kind::kOpened, window);
        wake(window.end + allowed_lateness_);
      }
      emit_so_far(*std::ranges::lower_bound(state.kept, late.first, {}, &Slot::index), emit);
      return true;
    });
  }

  template <typename Emit>
  void forget_kept(Lenient& state, Time now, Emit& emit) {
    std::erase_if(state.kept, [&](const Slot& slot) {
      const Window window = windows_.window(slot.index);
      if (window.end + allowed_lateness_ > now) {
        return false;
      }
      emit.event(WindowEvent::Kind::kClosed, window);
      return true;
    });
  }

  A aggregator_;
  Arrivals arrivals_;
  AlignedWindows windows_;
  std::chrono::nanoseconds allowed_lateness_;
};

}  // namespace weir::detail::windows
