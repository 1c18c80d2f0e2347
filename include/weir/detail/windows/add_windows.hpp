#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/detail/time/duration.hpp"
#include "weir/detail/windows/aligned_operator.hpp"
#include "weir/detail/windows/arrival_order_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/pane_logic.hpp"
#include "weir/detail/windows/per_window_logic.hpp"
#include "weir/detail/windows/session_logic.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/per_worker.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// A clock for values of type `V`.
template <typename Clock, typename V>
inline constexpr bool kClockOf = std::same_as<Clock, SystemClock>;
template <typename F, typename V>
inline constexpr bool kClockOf<EventClock<F>, V> = TimestampOf<Logic<F>, V>;
template <typename F, typename V>
inline constexpr bool kClockOf<EventTime<F>, V> = TimestampOf<Logic<F>, V>;

template <typename Windows, typename V>
inline constexpr bool kWindowsOf = std::same_as<Windows, CountWindows>;
template <typename Clock, typename Lateness, typename V>
inline constexpr bool kWindowsOf<TumblingWindows<Clock, Lateness>, V> = kClockOf<Clock, V>;
template <typename Clock, typename Lateness, typename V>
inline constexpr bool kWindowsOf<SlidingWindows<Clock, Lateness>, V> = kClockOf<Clock, V>;
template <typename Clock, typename V>
inline constexpr bool kWindowsOf<SessionWindows<Clock>, V> = kClockOf<Clock, V>;
template <typename F, typename V>
inline constexpr bool kWindowsOf<GlobalWindows<F>, V> =
    std::is_invocable_r_v<Trigger, Logic<F>&, const V&, std::uint64_t>;

/// Windows over values of type `V`.
template <typename Windows, typename V>
concept WindowsOf = kWindowsOf<Windows, V>;

/// Windows whose folds must be merged.
template <typename Windows>
inline constexpr bool kMerging = false;
template <typename Clock>
inline constexpr bool kMerging<SessionWindows<Clock>> = true;

/// Gives a keyed step by time the input that its clock needs: `use(upstream, make_arrivals)`, where
/// `make_arrivals(worker)` makes the object that knows the times of the upstream's items there.
template <typename Upstream, typename F, typename Use>
[[gnu::cold]] auto with_clock(const std::string& id, const Upstream& up, const EventClock<F>& clock, Use use) {
  return use(up.clocked(id, clock),
             [](const WorkerContext& /*worker*/) { return ClockedArrivals<typename Upstream::Item>{}; });
}
template <typename Upstream, typename F, typename Use>
[[gnu::cold]] auto with_clock(const std::string& id, const Upstream& up, const EventTime<F>& clock, Use use) {
  check_timed(up.graph(), id, up.timed());
  return use(up, [clock](const WorkerContext& worker) {
    return ToldArrivals<typename Upstream::Item, Logic<F>, Upstream::kSides>{make_logic(clock.timestamp_of, worker)};
  });
}
template <typename Upstream, typename Use>
[[gnu::cold]] auto with_clock(const std::string& /*id*/, const Upstream& up, SystemClock /*clock*/, Use use) {
  return use(up, [](const WorkerContext& /*worker*/) { return SystemArrivals<typename Upstream::Item>{}; });
}

/// For steps that need only the order of times: a clock that clamps times such as the year 9999 to the range of event
/// times.
template <typename F>
[[gnu::cold]] auto clamped_times(F timestamp_of) {
  auto make = [timestamp_of = std::move(timestamp_of)](const WorkerContext& worker) {
    return time::ClampedTime<Logic<F>>{make_logic(timestamp_of, worker)};
  };
  return PerWorker<decltype(make)>{std::move(make)};
}
template <typename F>
[[gnu::cold]] auto clamped(EventClock<F> clock) {
  return EventClock{clamped_times(std::move(clock.timestamp_of)), clock.max_out_of_orderness, clock.idle_after};
}
template <typename F>
[[gnu::cold]] auto clamped(EventTime<F> clock) {
  return EventTime{clamped_times(std::move(clock.timestamp_of))};
}

/// Adds a step over windows of an upstream's values.
template <typename K, typename Upstream, typename Aggregator>
class WindowsBuilder {
  using V = typename Upstream::Item;
  using A = Logic<Aggregator>;
  using Fold = AggregateState<A, V>;
  using Streams = WindowStreams<K, AggregateResult<A, Fold>, V>;

 public:
  /// @param settings  of the aggregator
  WindowsBuilder(std::string id, const char* op, Aggregator aggregator, snapshot::StateSettings settings)
      : id_{std::move(id)}, op_{op}, aggregator_{std::move(aggregator)}, settings_{std::move(settings)} {}

  template <typename Clock, typename Lateness>
  [[gnu::cold]] Streams add(const Upstream& up, TumblingWindows<Clock, Lateness> windows) {
    time::check_duration(id_, "length", windows.length);
    check_alignment(id_, windows.aligned_to);
    settings_.fix(window_settings(windows.length, windows.length, windows.aligned_to));
    if constexpr (std::same_as<Lateness, NoLateness>) {
      return with_clock(id_, up, windows.clock, [&](const auto& stream, auto make_arrivals) {
        using WindowLogic = AlignedLogic<A, decltype(make_arrivals(WorkerContext{})), false>;
        return add_aligned<WindowLogic>(stream, make_arrivals, {windows.length, windows.length, windows.aligned_to});
      });
    } else {
      return add_per_window<false>(up, windows.clock, {windows.length, windows.length, windows.aligned_to},
                                   windows.allowed_lateness);
    }
  }

  template <typename Clock, typename Lateness>
  [[gnu::cold]] Streams add(const Upstream& up, SlidingWindows<Clock, Lateness> windows) {
    static_assert(copyable<V>, "SlidingWindows: an item is in several windows, so the values must be copyable");
    time::check_duration(id_, "length", windows.length);
    time::check_duration(id_, "every", windows.every);
    check_alignment(id_, windows.aligned_to);
    settings_.fix(window_settings(windows.length, windows.every, windows.aligned_to));
    if constexpr (std::same_as<Lateness, NoLateness> && copyable<Fold> && MergeableAggregatorOf<A, V>) {
      if (windows.length % windows.every != std::chrono::nanoseconds{}) {
        settings_.fix(" in two panes a step");  // which number the states
      }
      return with_clock(id_, up, windows.clock, [&](const auto& stream, auto make_arrivals) {
        using Arrivals = decltype(make_arrivals(WorkerContext{}));
        using WindowLogic = std::conditional_t<std::same_as<Clock, SystemClock>, PaneLogic<A, Arrivals>,
                                               AlignedLogic<A, Arrivals, true>>;
        return add_aligned<WindowLogic>(stream, make_arrivals, {windows.length, windows.every, windows.aligned_to});
      });
    } else if constexpr (std::same_as<Lateness, NoLateness> && copyable<V>) {
      return add_per_window<true>(up, windows.clock, {windows.length, windows.every, windows.aligned_to}, {});
    } else if constexpr (copyable<V>) {
      return add_per_window<true>(up, windows.clock, {windows.length, windows.every, windows.aligned_to},
                                  windows.allowed_lateness);
    }
  }

  template <typename Clock>
  [[gnu::cold]] Streams add(const Upstream& up, SessionWindows<Clock> windows) {
    time::check_duration(id_, "gap", windows.gap);
    check_lateness(id_, windows.allowed_lateness, copyable<Fold>);
    settings_.fix(session_settings(windows.gap));
    limit_lateness(windows.allowed_lateness);
    return with_clock(id_, up, windows.clock, [&](const auto& stream, auto make_arrivals) {
      using Arrivals = decltype(make_arrivals(WorkerContext{}));
      return add_step<SessionLogic<A, Arrivals>>(
          stream, [make_arrivals, gap = windows.gap, lateness = windows.allowed_lateness](A aggregator,
                                                                                          const WorkerContext& worker) {
            return SessionLogic<A, Arrivals>{std::move(aggregator), make_arrivals(worker), gap, lateness};
          });
    });
  }

  [[gnu::cold]] Streams add(const Upstream& up, CountWindows windows) {
    check_count(id_, windows, copyable<V>);
    settings_.fix(count_settings(windows));
    return add_step<CountLogic<A, V>>(up, [windows](A aggregator, const WorkerContext& /*worker*/) {
      return CountLogic<A, V>{std::move(aggregator), windows};
    });
  }

  template <typename F>
  [[gnu::cold]] Streams add(const Upstream& up, GlobalWindows<F> windows) {
    static_assert(copyable<Fold>, "GlobalWindows: results are emitted while the fold goes on, so it must be copyable");
    if constexpr (copyable<Fold>) {
      return add_step<GlobalLogic<A, V, Logic<F>>>(
          up, [trigger = std::move(windows.trigger)](A aggregator, const WorkerContext& worker) {
            return GlobalLogic<A, V, Logic<F>>{std::move(aggregator), make_logic(trigger, worker)};
          });
    }
  }

 private:
  // State that a shorter lateness dropped cannot come back.
  void limit_lateness(std::chrono::nanoseconds lateness) {
    settings_.at_most(snapshot::StateSettings::kAllowedLateness, lateness.count());
  }

  template <typename WindowLogic, typename From, typename MakeArrivals>
  [[gnu::cold]] Streams add_aligned(const From& stream, MakeArrivals make_arrivals, PaneGrid grid) {
    return add_step<WindowLogic>(stream, [make_arrivals, grid](A aggregator, const WorkerContext& worker) {
      return WindowLogic{std::move(aggregator), make_arrivals(worker), grid};
    });
  }

  template <bool kOverlaps, typename Clock>
  [[gnu::cold]] Streams add_per_window(const Upstream& up, const Clock& clock, AlignedWindows windows,
                                       std::chrono::nanoseconds lateness) {
    check_lateness(id_, lateness, copyable<Fold>);
    limit_lateness(lateness);
    return with_clock(id_, up, clock, [&](const auto& stream, auto make_arrivals) {
      using WindowLogic = PerWindowLogic<A, decltype(make_arrivals(WorkerContext{})), kOverlaps>;
      return add_step<WindowLogic>(
          stream, [make_arrivals, windows, lateness](A aggregator, const WorkerContext& worker) {
            return WindowLogic{std::move(aggregator), make_arrivals(worker), windows, lateness};
          });
    });
  }

  // `make(aggregator, worker)` makes the logic.
  template <typename WindowLogic, typename From, typename Make>
  [[gnu::cold]] Streams add_step(const From& up, Make make) {
    auto make_all = [aggregator = std::move(aggregator_), make = std::move(make)](const WorkerContext& worker) {
      return make(make_logic(aggregator, worker), worker);
    };
    auto [down, late, meta] = keyed::add_keyed_outputs<K, std::pair<K, InWindow<typename WindowLogic::Result>>,
                                                       std::pair<K, V>, std::pair<K, WindowEvent>>(
        std::move(id_), op_, up, PerWorker<decltype(make_all)>{std::move(make_all)}, std::move(settings_));
    return {down, late, meta};
  }

  std::string id_;
  const char* op_;
  Aggregator aggregator_;
  snapshot::StateSettings settings_;  // of the windows, and of the aggregator
};

}  // namespace weir::detail::windows
