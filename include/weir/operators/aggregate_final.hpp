#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/folding_operator.hpp"
#include "weir/detail/keyed/folds.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

/// Folds values, and states that other workers made of values.
template <typename A, typename S>
class FinalLogic {
 public:
  using State = S;
  using Output = AggregateResult<A, S>;

  explicit FinalLogic(A aggregator) : aggregator_{std::move(aggregator)} {}

  template <typename V>
  S first(V&& value) {
    return aggregator_.first(std::forward<V>(value));
  }
  template <typename V>
  void add(S& so_far, V&& value) {
    aggregator_.add(so_far, std::forward<V>(value));
  }

  template <typename K, typename V>
  void on_item(const K& /*key*/, std::optional<S>& state, V&& value, KeyedEmit<K, Output>& /*emit*/) {
    if (state) {
      aggregator_.add(*state, std::forward<V>(value));
    } else {
      state.emplace(aggregator_.first(std::forward<V>(value)));
    }
  }
  template <typename K>
  void on_item(const K& /*key*/, std::optional<S>& state, keyed::Partial<S>&& partial, KeyedEmit<K, Output>& /*emit*/) {
    if (state) {
      aggregator_.merge(*state, std::move(partial.fold));
    } else {
      state.emplace(std::move(partial.fold));
    }
  }

  template <typename K>
  void on_end(const K& /*key*/, std::optional<S>& state, KeyedEmit<K, Output>& emit) {
    emit(aggregator_.result(std::move(*state)));
    state.reset();
  }

 private:
  A aggregator_;
};

/// The step that folds a keyed stream to its end.
/// @tparam kFolds  when values are folded before they change worker
template <FoldFirst kFolds, typename S, typename A, typename K, typename V>
[[gnu::cold]] auto add_final(std::string id, const char* op, const Stream<std::pair<K, V>>& up, A aggregator,
                             snapshot::StateSettings settings) {
  auto make = [aggregator = std::move(aggregator)](const WorkerContext& worker) {
    return FinalLogic<Logic<A>, S>{make_logic(aggregator, worker)};
  };
  using Make = PerWorker<decltype(make)>;
  if constexpr (kFolds == FoldFirst::kNever) {
    return op::Stateful<Make>{std::move(id), {std::move(make)}, op, std::move(settings)}.apply(up);
  } else {
    return graph::add_keyed_step<S, std::pair<K, AggregateResult<Logic<A>, S>>, exchange::ByKeyFolded>(
        std::move(id), op, up,
        [make = Make{std::move(make)}](graph::OperatorParts& parts) {
          return graph::make_operator<keyed::FoldingOperator<K, V, Make>>(parts, make, kFolds == FoldFirst::kAlways);
        },
        std::move(settings));
  }
}

}  // namespace detail

namespace op {

/// The result of `aggregate_final` and its relatives.
template <typename Aggregator, detail::FoldFirst kFolds = detail::FoldFirst::kIfItPays>
struct [[nodiscard]] AggregateFinal {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `aggregate_final` takes it
  Aggregator aggregator;                     ///< as `aggregate_final` takes it
  const char* op = "aggregate_final";        ///< the operator's name in reports and drawings
  /// What a snapshot notes beside the states.
  detail::snapshot::StateSettings settings = detail::settings_of(aggregator);

  /// Folds on each worker first, also where that does not pay off, or where the aggregator only reduces by a function
  /// of the user: the result must not depend on the order of the values.
  AggregateFinal<Aggregator, detail::FoldFirst::kAlways> combined() && {
    return {std::move(step_id), std::move(aggregator), op, std::move(settings)};
  }

  /// Folds on the worker of the key alone: every value crosses.
  AggregateFinal<Aggregator, detail::FoldFirst::kNever> uncombined() && {
    return {std::move(step_id), std::move(aggregator), op, std::move(settings)};
  }

  /// Adds the step to the dataflow of `up`, and returns its result. `up | aggregate_final(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(
        KeyedItem<T>,
        "aggregate_final and its kin need a keyed stream, one of std::pair<Key, Value>; put op::key_on before "
        "them");
    if constexpr (KeyedItem<T>) {
      return apply_to_keyed(up);
    }
  }

 private:
  template <typename K, typename V>
  [[gnu::cold]] auto apply_to_keyed(const Stream<std::pair<K, V>>& up) {
    using A = detail::Logic<Aggregator>;
    static_assert(Key<K>,
                  "aggregate_final: the pair's first must be a key: text, an integer, an enum, a point in time, a pair "
                  "or tuple of them, "
                  "or a type that opts in by weir_key; a floating-point number is none");
    constexpr bool kFits = detail::keyed::Folds<A, V>::check();
    static_assert(AggregatorOf<A, V> || !kFits,
                  "aggregate_final: the aggregator cannot fold these values; see weir/aggregate.hpp for what it needs");
    if constexpr (Key<K> && kFits && AggregatorOf<A, V>) {
      using State = AggregateState<A, V>;
      if constexpr (kFolds == detail::FoldFirst::kAlways) {
        static_assert(MergeableAggregatorOf<A, V>,
                      "combined: what different workers folded must be merged, and this aggregator has no merge");
        static_assert(serializable<State>, "combined: states cross workers, so they must be serializable");
      }
      if constexpr (detail::keyed::kFoldsFirst<A, V, kFolds> && serializable<State> && serializable<K>) {
        return detail::add_final<kFolds, State>(std::move(step_id), op, up, std::move(aggregator), std::move(settings));
      } else if constexpr (kFolds != detail::FoldFirst::kAlways) {
        return detail::add_final<detail::FoldFirst::kNever, State>(std::move(step_id), op, up, std::move(aggregator),
                                                                   std::move(settings));
      }
    }
  }
};

}  // namespace op

namespace detail {

/// A step that folds by the aggregator that `make(worker)` makes.
template <typename Make>
op::AggregateFinal<PerWorker<Make>> aggregate_by(std::string step_id, const char* op, Make make,
                                                 snapshot::StateSettings settings = {}) {
  return {std::move(step_id), {std::move(make)}, op, std::move(settings)};
}

}  // namespace detail

namespace op {

/// Folds each key's values and emits `(key, result)` at the end of the input.
///
///     sales | op::aggregate_final("mean", weir::agg::Mean{})
///
/// @param step_id     unique in the dataflow; names this step in snapshots
/// @param aggregator  an `AggregatorOf` the values. If it can merge states, each worker folds first where that sends
///                    less to other workers, unless the step is `uncombined()`
/// @return            turns a `KeyedStream<K, V>` into a `KeyedStream<K, Result>`; the order of the keys means nothing
/// @throws StepError  from `run()` if the aggregator throws
/// @remark State: one aggregator state for each key, until the end of the input.
template <typename Aggregator>
AggregateFinal<Aggregator> aggregate_final(std::string step_id, Aggregator aggregator) {
  return {std::move(step_id), std::move(aggregator)};
}

/// Adds up each key's values and emits `(key, sum)` at the end of the input, as `agg::Sum` does.
inline AggregateFinal<agg::Sum> sum_final(std::string step_id) { return {std::move(step_id), {}, "sum_final"}; }

/// Emits `(key, mean)` of each key's numbers at the end of the input, as `agg::Mean` does.
inline AggregateFinal<agg::Mean> mean_final(std::string step_id) { return {std::move(step_id), {}, "mean_final"}; }

/// Emits `(key, value)` with each key's least value at the end of the input, as `agg::Min` does.
///
///     readings | op::min_final("coldest", &Reading::celsius)
///
/// @param by  values are compared by its result
/// @see Bytewax 0.21, operator `min_final`.
template <typename By = std::identity>
AggregateFinal<agg::Min<By>> min_final(std::string step_id, By by = {}) {
  return {std::move(step_id), {{std::move(by)}}, "min_final"};
}

/// Emits `(key, value)` with each key's greatest value at the end of the input, as `agg::Max` does.
///
/// @param by  values are compared by its result
/// @see Bytewax 0.21, operator `max_final`.
template <typename By = std::identity>
AggregateFinal<agg::Max<By>> max_final(std::string step_id, By by = {}) {
  return {std::move(step_id), {{std::move(by)}}, "max_final"};
}

/// Folds each key's values by `reducer`, beginning with the first, and emits `(key, fold)` at the end of the input.
///
/// @param reducer  a `ReducerOf` the value; where it is `combined`, it must be associative
/// @see Bytewax 0.21, operator `reduce_final`.
template <typename Reducer>
auto reduce_final(std::string step_id, Reducer reducer) {
  return detail::aggregate_by(std::move(step_id), "reduce_final", [reducer = std::move(reducer)](WorkerContext worker) {
    return agg::Reduce<detail::Logic<Reducer>>{detail::make_logic(reducer, worker)};
  });
}

/// Folds each key's values into the result of `initial()`, and emits `(key, fold)` at the end of the input.
///
///     events | op::fold_final("kinds", [] { return std::set<Kind>{}; },
///                             [](std::set<Kind>& seen, Event&& event) { seen.insert(event.kind); })
///
/// @param initial  makes the fold of a new key
/// @param folder   `(Fold& so_far, V&& value)`, for each value in the order of each source partition
/// @see Bytewax 0.21, operator `fold_final`.
template <typename Initial, typename Folder>
auto fold_final(std::string step_id, Initial initial, Folder folder) {
  return detail::aggregate_by(std::move(step_id), "fold_final",
                              [initial = std::move(initial), folder = std::move(folder)](WorkerContext worker) {
                                return agg::Fold<detail::Logic<Initial>, detail::Logic<Folder>>{
                                    detail::make_logic(initial, worker), detail::make_logic(folder, worker)};
                              });
}

/// The same with `merger(Fold& so_far, Fold&& other)`, so that each worker can fold first.
template <typename Initial, typename Folder, typename Merger>
auto fold_final(std::string step_id, Initial initial, Folder folder, Merger merger) {
  return detail::aggregate_by(
      std::move(step_id), "fold_final",
      [initial = std::move(initial), folder = std::move(folder), merger = std::move(merger)](WorkerContext worker) {
        return agg::MergeableFold<detail::Logic<Initial>, detail::Logic<Folder>, detail::Logic<Merger>>{
            {detail::make_logic(initial, worker), detail::make_logic(folder, worker)},
            detail::make_logic(merger, worker)};
      });
}

}  // namespace op
}  // namespace weir
