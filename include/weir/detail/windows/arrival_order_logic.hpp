#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// A window without time, which covers all times.
inline Window timeless_window(std::int64_t id) { return {id, Time::min(), Time::max()}; }

/// Windows by count.
template <typename A, typename V>
class CountLogic {
  using Fold = AggregateState<A, V>;

  struct Slot {
    std::uint64_t values = 0;
    Fold fold{};
  };

 public:
  static constexpr keyed::LogicTraits kTraits{};

  struct State {
    std::uint64_t values = 0;  ///< that have come for the key
    std::int64_t first = 0;    ///< the number of the first open window
    std::vector<Slot> open;    ///< the oldest first
  };
  using Result = AggregateResult<A, Fold>;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  CountLogic(A aggregator, CountWindows windows)
      : aggregator_{std::move(aggregator)},
        length_{windows.length},
        every_{windows.every == 0 ? windows.length : windows.every},
        skipped_{every_ > length_ ? every_ - length_ : 0} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, V&& value, Emit& emit) {
    if (!state) {
      state.emplace();
    }
    const bool opens = state->values++ % every_ == skipped_;
    if constexpr (copyable<V>) {
      const std::size_t others = state->open.size() - (opens || state->open.empty() ? 0 : 1);
      for (std::size_t i = 0; i < others; ++i) {
        V copy{std::as_const(value)};
        add(state->open[i], std::move(copy));
      }
    }
    if (opens) {
      state->open.push_back({1, aggregator_.first(std::move(value))});
      const auto last = static_cast<std::int64_t>(state->open.size()) - 1;
      emit.event(WindowEvent::Kind::kOpened, timeless_window(state->first + last));
    } else if (!state->open.empty()) {
      add(state->open.back(), std::move(value));
    }
    if (!state->open.empty() && state->open.front().values == length_) {
      close(*state, emit);
    }
  }

  static bool still_to_emit(const State& state) { return !state.open.empty(); }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, std::optional<State>& state, Emit& emit) {
    while (!state->open.empty()) {
      close(*state, emit);
    }
    state.reset();
  }

 private:
  void add(Slot& slot, V&& value) {
    aggregator_.add(slot.fold, std::move(value));
    ++slot.values;
  }

  template <typename Emit>
  void close(State& state, Emit& emit) {
    const Window window = timeless_window(state.first++);
    emit.result(window, aggregator_.result(std::move(state.open.front().fold)));
    emit.event(WindowEvent::Kind::kClosed, window);
    state.open.erase(state.open.begin());
  }

  A aggregator_;
  std::uint64_t length_;
  std::uint64_t every_;
  std::uint64_t skipped_;  // how many of each `every_` items come before the window
};

/// The window without end, and its trigger.
template <typename A, typename V, typename F>
class GlobalLogic {
  using Fold = AggregateState<A, V>;

 public:
  static constexpr keyed::LogicTraits kTraits{};

  struct State {
    std::int64_t id = 0;
    std::uint64_t values = 0;  ///< in the window
    bool emitted = true;       ///< since the last value
    std::optional<Fold> fold;
  };
  using Result = AggregateResult<A, Fold>;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  GlobalLogic(A aggregator, F trigger) : aggregator_{std::move(aggregator)}, trigger_{std::move(trigger)} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, std::optional<State>& state, V&& value, Emit& emit) {
    if (!state) {
      state.emplace();
    }
    if (state->values == 0) {
      emit.event(WindowEvent::Kind::kOpened, timeless_window(state->id));
    }
    const Trigger wanted = std::invoke(trigger_, std::as_const(value), ++state->values);
    if (state->fold) {
      aggregator_.add(*state->fold, std::move(value));
    } else {
      state->fold.emplace(aggregator_.first(std::move(value)));
    }
    state->emitted = wanted != Trigger::kWait;
    if (wanted == Trigger::kEmit) {
      emit.result(timeless_window(state->id), aggregator_.result(Fold{*state->fold}));
    } else if (wanted == Trigger::kEmitAndClear) {
      emit.result(timeless_window(state->id), aggregator_.result(std::move(*state->fold)));
      emit.event(WindowEvent::Kind::kClosed, timeless_window(state->id));
      *state = State{.id = state->id + 1, .values = 0, .emitted = true, .fold = {}};
    }
  }

  static bool still_to_emit(const State& state) { return !state.emitted; }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, std::optional<State>& state, Emit& emit) {
    if (!state->emitted) {
      emit.result(timeless_window(state->id), aggregator_.result(std::move(*state->fold)));
    }
    if (state->values > 0) {
      emit.event(WindowEvent::Kind::kClosed, timeless_window(state->id));
    }
    state.reset();
  }

 private:
  A aggregator_;
  F trigger_;
};

}  // namespace weir::detail::windows
