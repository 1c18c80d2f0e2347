#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/build.hpp"
#include "weir/detail/clock_operator.hpp"
#include "weir/detail/stateful_operator.hpp"
#include "weir/detail/windows/arrival_order_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/pane_logic.hpp"
#include "weir/detail/windows/per_window_logic.hpp"
#include "weir/detail/windows/session_logic.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/per_worker.hpp"
#include "weir/window.hpp"

namespace weir::detail {

/// What tells the time of values of type `V`.
template <typename Clock, typename V>
inline constexpr bool kClockOf = std::same_as<Clock, SystemClock>;
template <typename F, typename V>
inline constexpr bool kClockOf<EventClock<F>, V> = TimestampOf<Logic<F>, V>;
template <typename F, typename V>
inline constexpr bool kClockOf<EventTime<F>, V> = TimestampOf<Logic<F>, V>;

template <typename Windows, typename V>
inline constexpr bool kWindowsOf = std::same_as<Windows, CountWindows>;
template <typename Clock, typename V>
inline constexpr bool kWindowsOf<TumblingWindows<Clock>, V> = kClockOf<Clock, V>;
template <typename Clock, typename V>
inline constexpr bool kWindowsOf<SlidingWindows<Clock>, V> = kClockOf<Clock, V>;
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

/// Gives a keyed stream whose step asks for the time what the clock needs: `use(stream, make_arrivals)`, where
/// `make_arrivals(worker)` makes what knows the time of the stream's items there.
template <typename K, typename V, typename F, typename Use>
auto with_clock(const std::string& id, const Stream<std::pair<K, V>>& up, EventClock<F> clock, Use use) {
  return use(add_clock<ValueItsTime>(id + ".clock", up, std::move(clock)),
             [](const WorkerContext& /*worker*/) { return ClockedArrivals<V>{}; });
}
template <typename K, typename V, typename F, typename Use>
auto with_clock(const std::string& id, const Stream<std::pair<K, V>>& up, EventTime<F> clock, Use use) {
  check_timed(StreamAccess::graph(up), id, StreamAccess::port(up));
  return use(up, [clock = std::move(clock)](const WorkerContext& worker) {
    return ToldArrivals<V, Logic<F>>{make_logic(clock.timestamp_of, worker)};
  });
}
template <typename K, typename V, typename Use>
auto with_clock(const std::string& /*id*/, const Stream<std::pair<K, V>>& up, SystemClock /*clock*/, Use use) {
  return use(up, [](const WorkerContext& /*worker*/) { return SystemArrivals<V>{}; });
}

/// Adds a step over windows of values of type `V`.
template <typename K, typename V, typename Aggregator>
class WindowsBuilder {
  using A = Logic<Aggregator>;
  using Fold = AggregateState<A, V>;
  using Streams = WindowStreams<K, AggregateResult<A, Fold>, V>;

 public:
  WindowsBuilder(std::string id, const char* op, Aggregator aggregator)
      : id_{std::move(id)}, op_{op}, aggregator_{std::move(aggregator)} {}

  template <typename Clock>
  Streams add(const Stream<std::pair<K, V>>& up, TumblingWindows<Clock> windows) {
    check_duration(id_, "length", windows.length);
    check_lateness(id_, windows.allowed_lateness, copyable<Fold>);
    check_alignment(id_, windows.aligned_to);
    return add_per_window<false>(up, windows, windows.length);
  }

  template <typename Clock>
  Streams add(const Stream<std::pair<K, V>>& up, SlidingWindows<Clock> windows) {
    static_assert(copyable<V>, "SlidingWindows: an item is in several windows, so the values must be copyable");
    check_duration(id_, "length", windows.length);
    check_duration(id_, "every", windows.every);
    check_lateness(id_, windows.allowed_lateness, copyable<Fold>);
    check_alignment(id_, windows.aligned_to);
    if constexpr (copyable<Fold> && MergeableAggregatorOf<A, V>) {
      if (windows.every < windows.length && windows.allowed_lateness.count() == 0) {
        return with_clock(id_, up, std::move(windows.clock), [&](const auto& stream, auto make_arrivals) {
          using Arrivals = decltype(make_arrivals(WorkerContext{}));
          return add_step<PaneLogic<A, Arrivals>>(
              stream, [make_arrivals, length = windows.length, every = windows.every, aligned_to = windows.aligned_to](
                          A aggregator, const WorkerContext& worker) {
                return PaneLogic<A, Arrivals>{std::move(aggregator), make_arrivals(worker), length, every, aligned_to};
              });
        });
      }
    }
    if constexpr (copyable<V>) {
      const std::chrono::nanoseconds every = windows.every;
      return add_per_window<true>(up, std::move(windows), every);
    }
  }

  template <typename Clock>
  Streams add(const Stream<std::pair<K, V>>& up, SessionWindows<Clock> windows) {
    check_duration(id_, "gap", windows.gap);
    check_lateness(id_, windows.allowed_lateness, copyable<Fold>);
    return with_clock(id_, up, std::move(windows.clock), [&](const auto& stream, auto make_arrivals) {
      using Arrivals = decltype(make_arrivals(WorkerContext{}));
      return add_step<SessionLogic<A, Arrivals>>(
          stream, [make_arrivals, gap = windows.gap, lateness = windows.allowed_lateness](A aggregator,
                                                                                          const WorkerContext& worker) {
            return SessionLogic<A, Arrivals>{std::move(aggregator), make_arrivals(worker), gap, lateness};
          });
    });
  }

  Streams add(const Stream<std::pair<K, V>>& up, CountWindows windows) {
    check_count(id_, windows, copyable<V>);
    return add_step<CountLogic<A, V>>(up, [windows](A aggregator, const WorkerContext& /*worker*/) {
      return CountLogic<A, V>{std::move(aggregator), windows};
    });
  }

  template <typename F>
  Streams add(const Stream<std::pair<K, V>>& up, GlobalWindows<F> windows) {
    static_assert(copyable<Fold>, "GlobalWindows: results are emitted while the fold goes on, so it must be copyable");
    if constexpr (copyable<Fold>) {
      return add_step<GlobalLogic<A, V, Logic<F>>>(
          up, [trigger = std::move(windows.trigger)](A aggregator, const WorkerContext& worker) {
            return GlobalLogic<A, V, Logic<F>>{std::move(aggregator), make_logic(trigger, worker)};
          });
    }
  }

 private:
  template <bool kOverlaps, typename Windows>
  Streams add_per_window(const Stream<std::pair<K, V>>& up, Windows windows, std::chrono::nanoseconds every) {
    return with_clock(id_, up, std::move(windows.clock), [&](const auto& stream, auto make_arrivals) {
      using Arrivals = decltype(make_arrivals(WorkerContext{}));
      using WindowLogic = PerWindowLogic<A, Arrivals, kOverlaps>;
      return add_step<WindowLogic>(
          stream, [make_arrivals, aligned = AlignedWindows{windows.length, every, windows.aligned_to},
                   lateness = windows.allowed_lateness](A aggregator, const WorkerContext& worker) {
            return WindowLogic{std::move(aggregator), make_arrivals(worker), aligned, lateness};
          });
    });
  }

  // `make(aggregator, worker)` makes the logic.
  template <typename WindowLogic, typename Input, typename Make>
  Streams add_step(const Stream<std::pair<K, Input>>& up, Make make) {
    auto make_all = [aggregator = std::move(aggregator_), make = std::move(make)](const WorkerContext& worker) {
      return make(make_logic(aggregator, worker), worker);
    };
    using PerWorkerLogic = PerWorker<decltype(make_all)>;
    StepSpec step{.id = std::move(id_), .op = op_, .inputs = {}, .outputs = {}, .factory = nullptr};
    step.kept = Kept::kState;
    step.key_shape = Shape::of<K>();
    step.state_shape = Shape::of<typename WindowLogic::State>();
    step.inputs.push_back(keyed_input(up));
    step.outputs = {output_of<std::pair<K, InWindow<typename WindowLogic::Result>>>(&kKeyName<K>),
                    output_of<std::pair<K, V>>(&kKeyName<K>), output_of<std::pair<K, WindowEvent>>(&kKeyName<K>)};
    step.factory = factory_of([logic = PerWorkerLogic{std::move(make_all)}](OperatorParts& parts) {
      return make_operator<StatefulOperator<K, Input, PerWorkerLogic>>(parts, logic);
    });
    Graph& graph = StreamAccess::graph(up);
    const std::size_t index = graph.add(std::move(step));
    return {StreamAccess::make<std::pair<K, InWindow<typename WindowLogic::Result>>>(graph, {index, 0}),
            StreamAccess::make<std::pair<K, V>>(graph, {index, 1}),
            StreamAccess::make<std::pair<K, WindowEvent>>(graph, {index, 2})};
  }

  std::string id_;
  const char* op_;
  Aggregator aggregator_;
};

}  // namespace weir::detail
