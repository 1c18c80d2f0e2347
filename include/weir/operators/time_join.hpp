#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/joins/as_of_logic.hpp"
#include "weir/detail/joins/interval_logic.hpp"
#include "weir/detail/joins/join_rows.hpp"
#include "weir/detail/joins/joinable.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/detail/windows/add_windows.hpp"
#include "weir/join.hpp"
#include "weir/operators/flat_map.hpp"
#include "weir/stream.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir {

/// The streams of a join by time. A pipe continues with `down`.
template <typename K, typename Row, typename Value>
struct TimeJoinStreams {
  KeyedStream<K, Row> down;    ///< the rows
  KeyedStream<K, Value> late;  ///< the values of either side before the watermark

  /// Continues with the stream of the joined items.
  template <typename Step>
  friend auto operator|(const TimeJoinStreams& streams, Step&& step) {
    return streams.down | std::forward<Step>(step);
  }
};

namespace detail {

/// The rows of a window as an aggregator.
template <JoinInsert kInsert, JoinEmit kEmit, typename... Vs>
struct JoinWindowAggregator {
  using Sides = joins::JoinSides<kInsert, Vs...>;
  using Rows = std::vector<joins::JoinRow<kEmit, Vs...>>;

  Sides first(std::variant<Vs...> value) const {
    Sides sides;
    sides.insert(std::move(value));
    return sides;
  }
  void add(Sides& sides, std::variant<Vs...> value) const { sides.insert(std::move(value)); }
  void merge(Sides& sides, Sides later) const { sides.merge(std::move(later)); }
  Rows result(const Sides& sides) const {
    Rows rows;
    rows.reserve(1);  // else g++ 12 with -O3 reports an overflow where the vector grows at the first row
    sides.template rows<kEmit>([&](joins::JoinRow<kEmit, Vs...> row) { rows.push_back(std::move(row)); });
    return rows;
  }
};

/// The rows of a window, one by one.
template <typename Row>
struct SingleRows {
  std::vector<InWindow<Row>> operator()(InWindow<std::vector<Row>> all) const {
    std::vector<InWindow<Row>> rows;
    rows.reserve(all.value.size());
    for (Row& row : all.value) {
      rows.push_back({all.window, std::move(row)});
    }
    return rows;
  }
};

/// A clock that has a time for values of all these types.
template <typename Clock, typename... Vs>
constexpr bool clock_of_sides() {
  constexpr bool kFits = (windows::kClockOf<Clock, Vs> && ...) && !std::same_as<Clock, SystemClock>;
  static_assert(kFits,
                "join by time: needs a weir::EventClock or weir::EventTime whose timestamp_of takes the values of each "
                "side, as a generic or overloaded callable does");
  return kFits;
}

/// Adds a join by time; `make(arrivals)` makes its logic.
template <typename K, typename Row, typename A, typename B, typename Clock, typename Make>
[[gnu::cold]] auto add_time_join(std::string id, const char* op, const Stream<std::pair<K, A>>& left,
                                 const Stream<std::pair<K, B>>& right, const Clock& clock,
                                 const snapshot::StateSettings& settings, Make make) {
  return windows::with_clock(id, keyed::sides_of(left, right), clock, [&](const auto& up, auto make_arrivals) {
    auto make_logic = [make, make_arrivals](const WorkerContext& worker) { return make(make_arrivals(worker)); };
    auto [down, late] = keyed::add_keyed_outputs<K, std::pair<K, Row>, std::pair<K, std::variant<A, B>>>(
        id, op, up, PerWorker<decltype(make_logic)>{std::move(make_logic)}, settings);
    return TimeJoinStreams<K, Row, std::variant<A, B>>{down, late};
  });
}

/// Adds a join of values that lie close to each other in time.
/// @tparam kKeepsLeft   whether values of the left side that find no partner are emitted
/// @tparam kKeepsRight  the same for the right
template <bool kKeepsLeft, bool kKeepsRight, typename Clock, typename K, typename A, typename B>
[[gnu::cold]] auto add_interval_join(std::string id, const char* op, const Clock& clock,
                                     const Stream<std::pair<K, A>>& left, const Stream<std::pair<K, B>>& right,
                                     std::chrono::nanoseconds lower, std::chrono::nanoseconds upper) {
  if constexpr (joins::joinable<K, A, B>() && clock_of_sides<Clock, A, B>()) {
    windows::check_interval(id, lower, upper);
    using Row = std::pair<std::conditional_t<kKeepsRight, std::optional<A>, A>,
                          std::conditional_t<kKeepsLeft, std::optional<B>, B>>;
    return add_time_join<K, Row>(
        std::move(id), op, left, right, clock,
        snapshot::StateSettings{}.at_most("ns before", -lower.count()).at_most("ns after", upper.count()),
        [lower, upper](auto arrivals) {
          return joins::IntervalLogic<kKeepsLeft, kKeepsRight, A, B, decltype(arrivals)>{std::move(arrivals), lower,
                                                                                         upper};
        });
  } else {
    return Refused{};
  }
}

}  // namespace detail

namespace op {

/// Joins the values of each key that lie in the same window, when the window closes.
///
///     auto [down, late, meta] = op::join_window<weir::JoinInsert::kProduct, weir::JoinEmit::kComplete>(
///         "visit", weir::SessionWindows{clock, 30min}, searches, clicks);
///
/// @tparam kInsert  which values of a side are kept for a window, by order of arrival. Sliding windows merge their
///                  panes, and merged sessions their parts, the earlier one first. So the first value is the earliest
///                  arrival in the earliest pane that has any. A value that was late for only some of its sliding
///                  windows comes last when the others close.
/// @tparam kEmit    `kFinal`: rows of every window, where sides may be missing; `kComplete`: rows with all sides
/// @param step_id   unique in the dataflow; names this step in snapshots
/// @param windows   as for `aggregate_window`; `timestamp_of` must take the values of each side
/// @param sides     keyed streams of the same key type, two or more
/// @return          `WindowStreams` of rows; late values as a variant of the sides' types
/// @throws BuildError  as `aggregate_window`
/// @remark State: the kept values of each open window.
/// @see Bytewax 0.21, operator `join_window`; Flink 1.20, window join.
template <JoinInsert kInsert = JoinInsert::kLast, JoinEmit kEmit = JoinEmit::kFinal, typename Windows, typename K,
          typename V, typename... Vs>
[[gnu::cold]] auto join_window(std::string step_id, Windows windows, const Stream<std::pair<K, V>>& first,
                               const Stream<std::pair<K, Vs>>&... sides) {
  static_assert(sizeof...(Vs) > 0, "join_window: needs two keyed streams or more");
  static_assert(kEmit != JoinEmit::kRunning,
                "join_window: a window's rows are emitted when it closes, kFinal or kComplete");
  static_assert(detail::windows::WindowsOf<Windows, V> && (detail::windows::WindowsOf<Windows, Vs> && ...),
                "join_window: needs windows, such as weir::TumblingWindows{clock, length}, whose clock's timestamp_of "
                "takes the values of each side, as a generic or overloaded callable does");
  if constexpr (detail::joins::joinable<K, V, Vs...>() && sizeof...(Vs) > 0 && detail::windows::WindowsOf<Windows, V> &&
                (detail::windows::WindowsOf<Windows, Vs> && ...)) {
    using Aggregator = detail::JoinWindowAggregator<kInsert, kEmit, V, Vs...>;
    using Row = detail::joins::JoinRow<kEmit, V, Vs...>;
    const auto up = detail::keyed::sides_of(first, sides...);
    const auto windowed =
        detail::windows::WindowsBuilder<K, std::remove_const_t<decltype(up)>, Aggregator>{
            step_id, "join_window", Aggregator{}, detail::joins::settings_of_insert<kInsert>()}
            .add(up, std::move(windows));
    return WindowStreams<K, Row, std::variant<V, Vs...>>{
        windowed.down | op::flat_map_value(step_id + ".rows", detail::SingleRows<Row>{}), windowed.late, windowed.meta};
  } else {
    return detail::Refused{};
  }
}

/// Pairs each value of one stream with the values of the other that have the same key and lie close to it in time.
///
///     // clicks from 5 s before to 30 s after a view
///     auto seen = op::interval_join("seen", clock, views, clicks, -5s, 30s);  // KeyedStream<Id, std::pair<View,
///     Click>>
///
/// A pair is emitted as soon as both values have come; the order of arrival does not change the set of pairs. A value
/// before the watermark of its partition is late, and joins nothing.
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param clock    its `timestamp_of` must take the values of both sides
/// @param lower    a value of `right` fits if its time is from `lower`, which may be negative,
/// @param upper    to `upper` after that of the value of `left`, both included
/// @throws BuildError  if `step_id` is taken, `lower` is more than `upper`, or either is longer than 36 years
/// @remark State: the values of both sides until event time has passed all possible partners.
/// @see Flink 1.20, `intervalJoin`.
template <typename Clock, typename K, typename A, typename B>
auto interval_join(std::string step_id, Clock clock, const Stream<std::pair<K, A>>& left,
                   const Stream<std::pair<K, B>>& right, std::chrono::nanoseconds lower,
                   std::chrono::nanoseconds upper) {
  return detail::add_interval_join<false, false>(std::move(step_id), "interval_join", clock, left, right, lower, upper);
}

/// The same, and emits the values of `left` without a partner: `std::pair<A, std::optional<B>>`.
///
///     auto views = op::left_interval_join("seen", clock, views, clicks, -5s, 30s);
///
/// A value without a partner is emitted once, when event time has passed all possible partners, or at the end of the
/// input. No pair of it comes later: its partner would be late. A resumed run with a longer input is the exception: a
/// partner that comes in time there is paired with a value that was emitted alone at the end.
/// @remark State: as `interval_join`, and a flag for each value that has a partner.
/// @see Flink SQL, interval join with LEFT JOIN; Kafka Streams 4, `KStream.leftJoin`, which may emit a value alone and
///      then its pair.
template <typename Clock, typename K, typename A, typename B>
auto left_interval_join(std::string step_id, Clock clock, const Stream<std::pair<K, A>>& left,
                        const Stream<std::pair<K, B>>& right, std::chrono::nanoseconds lower,
                        std::chrono::nanoseconds upper) {
  return detail::add_interval_join<true, false>(std::move(step_id), "left_interval_join", clock, left, right, lower,
                                                upper);
}

/// As `left_interval_join`, with the sides swapped: `std::pair<std::optional<A>, B>`.
template <typename Clock, typename K, typename A, typename B>
auto right_interval_join(std::string step_id, Clock clock, const Stream<std::pair<K, A>>& left,
                         const Stream<std::pair<K, B>>& right, std::chrono::nanoseconds lower,
                         std::chrono::nanoseconds upper) {
  return detail::add_interval_join<false, true>(std::move(step_id), "right_interval_join", clock, left, right, lower,
                                                upper);
}

/// As `left_interval_join`, for both sides: `std::pair<std::optional<A>, std::optional<B>>`.
template <typename Clock, typename K, typename A, typename B>
auto full_interval_join(std::string step_id, Clock clock, const Stream<std::pair<K, A>>& left,
                        const Stream<std::pair<K, B>>& right, std::chrono::nanoseconds lower,
                        std::chrono::nanoseconds upper) {
  return detail::add_interval_join<true, true>(std::move(step_id), "full_interval_join", clock, left, right, lower,
                                               upper);
}

/// Pairs each value of `left` with the newest value of `right` of the same key that is not newer.
///
///     auto priced = op::as_of_join("priced", clock, trades, quotes);  // std::pair<Trade, std::optional<Quote>>
///
/// A value of `left` waits until event time has passed it, so that its partner does not depend on arrival times. A
/// value of `right` with the same time matches. Of several values of `right` with the same time the last arrival
/// counts: if they come from several source partitions, that may differ from run to run. The values of a key come in
/// the order of their times. A value before the watermark of its partition is late, and joins nothing.
/// @param step_id    unique in the dataflow; names this step in snapshots
/// @param clock      its `timestamp_of` must take the values of both sides
/// @param tolerance  the maximum age of a value of `right`, included; none: no limit
/// @throws BuildError  if `step_id` is taken, or the tolerance is negative or longer than 36 years
/// @remark State: values until event time has passed them, and the newest one of `right` of each key; within the
///         tolerance, else for ever.
/// @see Flink SQL, temporal join; pandas, `merge_asof`.
template <typename Clock, typename K, typename A, typename B>
auto as_of_join(std::string step_id, Clock clock, const Stream<std::pair<K, A>>& left,
                const Stream<std::pair<K, B>>& right,
                std::optional<std::chrono::nanoseconds> tolerance = std::nullopt) {
  if constexpr (detail::joins::joinable<K, A, B>() && detail::clock_of_sides<Clock, A, B>()) {
    if (tolerance == std::chrono::nanoseconds::max()) {
      tolerance.reset();
    }
    detail::windows::check_tolerance(step_id, tolerance.value_or(std::chrono::nanoseconds{}));
    return detail::add_time_join<K, std::pair<A, std::optional<B>>>(
        std::move(step_id), "as_of_join", left, right, detail::windows::clamped(clock),
        detail::snapshot::StateSettings{}.at_most("tolerance in ns",
                                                  tolerance.value_or(std::chrono::nanoseconds::max()).count()),
        [tolerance](auto arrivals) {
          return detail::joins::AsOfLogic<A, B, decltype(arrivals)>{std::move(arrivals), tolerance};
        });
  } else {
    return detail::Refused{};
  }
}

}  // namespace op
}  // namespace weir
