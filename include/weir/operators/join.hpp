#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/containers/own_optional.hpp"
#include "weir/detail/containers/packed_optional.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/joins/join_rows.hpp"
#include "weir/detail/joins/joinable.hpp"
#include "weir/detail/joins/pair_join_logic.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/detail/keyed/time_to_live.hpp"
#include "weir/join.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/stream.hpp"

namespace weir {

namespace detail {

template <JoinInsert kInsert, JoinEmit kEmit, typename... Vs>
class JoinLogic {
 public:
  using State = joins::JoinSides<kInsert, Vs...>;
  static constexpr keyed::LogicTraits kTraits{.holder = keyed::Holder::kPacked};
  using Output = joins::JoinRow<kEmit, Vs...>;

  template <typename K>
  void on_item(const K& /*key*/, containers::PackedOptional<State>& state, std::variant<Vs...>&& value,
               KeyedEmit<K, Output>& emit) const {
    if (!state) {
      state.emplace();
    }
    state->insert(std::move(value));
    if constexpr (kEmit == JoinEmit::kRunning) {
      state->template rows<kEmit>(emit);
    } else if constexpr (kEmit == JoinEmit::kComplete) {
      if (state->complete()) {
        state->template rows<kEmit>(emit);
        state.reset();
      }
    }
  }

  // An incomplete row is never emitted.
  static bool still_to_emit(const State& /*state*/)
    requires(kEmit == JoinEmit::kComplete)
  {
    return true;
  }

  template <typename K>
    requires(kEmit == JoinEmit::kFinal)
  void on_end(const K& /*key*/, containers::PackedOptional<State>& state, KeyedEmit<K, Output>& emit) const {
    state->template rows<kEmit>(emit);
    state.reset();
  }
};

/// With two sides, one value waits for the other, and then the key has no state.
template <JoinInsert kInsert, typename A, typename B>
  requires(kInsert != JoinInsert::kProduct)
class JoinLogic<kInsert, JoinEmit::kComplete, A, B> {
 public:
  using State = std::variant<std::monostate, A, B>;
  static constexpr keyed::LogicTraits kTraits{.gives_up_folds = true, .holder = keyed::Holder::kOwn};
  using Output = joins::JoinRow<JoinEmit::kComplete, A, B>;

  template <typename K>
  void on_item(const K& /*key*/, containers::OwnOptional<State>& waits, std::variant<A, B>&& value,
               KeyedEmit<K, Output>& emit) const {
    if (!waits) {
      take(*waits, std::move(value));
    } else if (waits->index() != value.index() + 1) {
      if (value.index() == 0) {
        emit(Output{std::get<0>(std::move(value)), std::get<2>(std::move(*waits))});
      } else {
        emit(Output{std::get<1>(std::move(*waits)), std::get<1>(std::move(value))});
      }
      waits.reset();
    } else if (kInsert == JoinInsert::kLast) {
      take(*waits, std::move(value));
    }
  }

 private:
  static void take(State& waits, std::variant<A, B>&& value) {
    if (value.index() == 0) {
      waits.template emplace<1>(std::get<0>(std::move(value)));
    } else {
      waits.template emplace<2>(std::get<1>(std::move(value)));
    }
  }
};

}  // namespace detail

namespace op {

/// Joins keyed streams: makes rows of values with the same key.
///
///     auto users = op::join("user", names, emails);   // KeyedStream<Id, std::tuple<Name, Email>>
///     auto table = op::join<weir::JoinInsert::kLast, weir::JoinEmit::kRunning>("table", names, emails);
///                                                      // std::tuple<std::optional<Name>, std::optional<Email>>
///
/// Values of one side come in the order of each source partition; the order between sides is undefined.
/// @tparam kInsert  which values of a side are kept for a key
/// @tparam kEmit    when rows are emitted; with `kComplete` a row has all its values, else they are optional
/// @param step_id   unique in the dataflow; names this step in snapshots
/// @param sides     keyed streams of the same key type, two or more
/// @throws BuildError  if `step_id` is taken
/// @remark State: the kept values of each key. With `kComplete` a key is forgotten when its rows are complete,
///         otherwise never without a time to live; `join_window` and `interval_join` are bounded.
/// @see Bytewax 0.21, operator `join`.
template <JoinInsert kInsert = JoinInsert::kLast, JoinEmit kEmit = JoinEmit::kComplete, typename K, typename V,
          typename... Vs>
[[gnu::cold]] auto join(std::string step_id, const Stream<std::pair<K, V>>& first,
                        const Stream<std::pair<K, Vs>>&... sides) {
  static_assert(sizeof...(Vs) > 0, "join: needs two keyed streams or more");
  if constexpr (detail::joins::joinable<K, V, Vs...>() && sizeof...(Vs) > 0) {
    using Row = detail::joins::JoinRow<kEmit, V, Vs...>;
    return std::get<0>(detail::keyed::add_keyed_outputs<K, std::pair<K, Row>>(
        std::move(step_id), "join", detail::keyed::sides_of(first, sides...),
        detail::JoinLogic<kInsert, kEmit, V, Vs...>{}, detail::joins::settings_of_insert<kInsert>()));
  } else {
    return detail::Refused{};
  }
}

/// The same, but forgets a key without new values.
///
///     auto users = op::join("user", weir::TimeToLive{1h}, names, emails);
///
/// With `kFinal` the end of the input emits nothing for a forgotten key.
/// @param time_to_live  how long after its last value a key is forgotten
/// @throws BuildError  also if the time to live is not positive or longer than 36 years
template <JoinInsert kInsert = JoinInsert::kLast, JoinEmit kEmit = JoinEmit::kComplete, typename K, typename V,
          typename... Vs>
[[gnu::cold]] auto join(std::string step_id, TimeToLive time_to_live, const Stream<std::pair<K, V>>& first,
                        const Stream<std::pair<K, Vs>>&... sides) {
  return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(first), time_to_live.duration,
                                          [&] { return join<kInsert, kEmit>(std::move(step_id), first, sides...); });
}

/// Pairs each value of one stream with each value of the other that has the same key, as soon as both are there.
///
///     auto paid = op::inner_join("paid", orders, payments);  // KeyedStream<Id, std::pair<Order, Payment>>
///
/// @remark State: all values of both sides, for the whole run without a time to live; `interval_join` is bounded.
/// @see Flink SQL, inner join; Kafka Streams, `KStream.join`.
template <typename K, typename A, typename B>
auto inner_join(std::string step_id, const Stream<std::pair<K, A>>& left, const Stream<std::pair<K, B>>& right) {
  return detail::joins::pair_join<false, false>(std::move(step_id), "inner_join", left, right);
}

/// The same, but forgets a key without new values for that time.
template <typename K, typename A, typename B>
auto inner_join(std::string step_id, TimeToLive time_to_live, const Stream<std::pair<K, A>>& left,
                const Stream<std::pair<K, B>>& right) {
  return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(left), time_to_live.duration,
                                          [&] { return inner_join(std::move(step_id), left, right); });
}

/// The same, and the end of the input emits the values of `left` without a partner: `std::pair<A, std::optional<B>>`.
///
/// @see Flink SQL, left join, which also emits a value before its partner comes, and retracts it later.
template <typename K, typename A, typename B>
auto left_join(std::string step_id, const Stream<std::pair<K, A>>& left, const Stream<std::pair<K, B>>& right) {
  return detail::joins::pair_join<true, false>(std::move(step_id), "left_join", left, right);
}

/// The same, but forgets a key without new values for that time: its values are not emitted at the end.
template <typename K, typename A, typename B>
auto left_join(std::string step_id, TimeToLive time_to_live, const Stream<std::pair<K, A>>& left,
               const Stream<std::pair<K, B>>& right) {
  return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(left), time_to_live.duration,
                                          [&] { return left_join(std::move(step_id), left, right); });
}

/// As `left_join`, with the sides swapped: `std::pair<std::optional<A>, B>`.
template <typename K, typename A, typename B>
auto right_join(std::string step_id, const Stream<std::pair<K, A>>& left, const Stream<std::pair<K, B>>& right) {
  return detail::joins::pair_join<false, true>(std::move(step_id), "right_join", left, right);
}

/// As the `left_join` that forgets keys, with the sides swapped.
template <typename K, typename A, typename B>
auto right_join(std::string step_id, TimeToLive time_to_live, const Stream<std::pair<K, A>>& left,
                const Stream<std::pair<K, B>>& right) {
  return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(left), time_to_live.duration,
                                          [&] { return right_join(std::move(step_id), left, right); });
}

/// As `left_join`, for both sides: `std::pair<std::optional<A>, std::optional<B>>`.
template <typename K, typename A, typename B>
auto full_join(std::string step_id, const Stream<std::pair<K, A>>& left, const Stream<std::pair<K, B>>& right) {
  return detail::joins::pair_join<true, true>(std::move(step_id), "full_join", left, right);
}

/// As the `left_join` that forgets keys, for both sides.
template <typename K, typename A, typename B>
auto full_join(std::string step_id, TimeToLive time_to_live, const Stream<std::pair<K, A>>& left,
               const Stream<std::pair<K, B>>& right) {
  return detail::keyed::with_time_to_live(detail::graph::StreamAccess::graph(left), time_to_live.duration,
                                          [&] { return full_join(std::move(step_id), left, right); });
}

}  // namespace op
}  // namespace weir
