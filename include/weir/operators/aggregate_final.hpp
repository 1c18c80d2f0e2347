#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/detail/keyed/folds.hpp"
#include "weir/detail/steps/combine.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

/// Adds values to the key's state.
struct AddValue {
  template <typename A, typename S, typename V>
  static void to(A& aggregator, std::optional<S>& state, V&& value) {
    if (state) {
      aggregator.add(*state, std::forward<V>(value));
    } else {
      state.emplace(aggregator.first(std::forward<V>(value)));
    }
  }
};

/// Merges states of other workers into the key's.
struct MergeState {
  template <typename A, typename S>
  static void to(A& aggregator, std::optional<S>& state, S&& other) {
    if (state) {
      aggregator.merge(*state, std::forward<S>(other));
    } else {
      state.emplace(std::forward<S>(other));
    }
  }
};

template <typename A, typename S, typename Taken>
class FinalLogic {
 public:
  using State = S;
  using Output = AggregateResult<A, S>;

  explicit FinalLogic(A aggregator) : aggregator_{std::move(aggregator)} {}

  template <typename K, typename V>
  void on_item(const K& /*key*/, std::optional<S>& state, V&& value, KeyedEmit<K, Output>& /*emit*/) {
    Taken::to(aggregator_, state, std::forward<V>(value));
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
template <typename Taken, typename S, typename A, typename K, typename V>
[[gnu::cold]] auto add_final(std::string id, const char* op, const Stream<std::pair<K, V>>& up, A aggregator,
                             snapshot::StateSettings settings) {
  auto make = [aggregator = std::move(aggregator)](const WorkerContext& worker) {
    return FinalLogic<Logic<A>, S, Taken>{make_logic(aggregator, worker)};
  };
  return op::Stateful<PerWorker<decltype(make)>>{std::move(id), {std::move(make)}, op, std::move(settings)}.apply(up);
}

}  // namespace detail

namespace op {

/// The result of `aggregate_final` and its relatives.
template <typename Aggregator, bool kCombined = false>
struct [[nodiscard]] AggregateFinal {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `aggregate_final` takes it
  Aggregator aggregator;                     ///< as `aggregate_final` takes it
  const char* op = "aggregate_final";        ///< the operator's name in reports and drawings
  /// What a snapshot notes beside the states.
  detail::snapshot::StateSettings settings = detail::settings_of(aggregator);

  /// Folds on each worker first, so that only the partial results change worker: for few keys and many workers. With
  /// many keys it costs more than it saves. The result must not depend on the order of the values.
  AggregateFinal<Aggregator, true> combined() && {
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
    constexpr bool kFolds = detail::keyed::Folds<A, V>::check();
    static_assert(AggregatorOf<A, V> || !kFolds,
                  "aggregate_final: the aggregator cannot fold these values; see weir/aggregate.hpp for what it needs");
    if constexpr (Key<K> && kFolds && AggregatorOf<A, V>) {
      using State = AggregateState<A, V>;
      if constexpr (kCombined) {
        static_assert(MergeableAggregatorOf<A, V>,
                      "combined: what different workers folded must be merged, and this aggregator has no merge");
        static_assert(serializable<State>, "combined: states cross workers, so they must be serializable");
        if constexpr (MergeableAggregatorOf<A, V> && serializable<State>) {
          const auto partials = detail::graph::add_step<std::pair<K, State>>(
              step_id + ".combine", "combine", up, detail::graph::direct_input(up), nullptr,
              [aggregator = aggregator](detail::graph::OperatorParts& parts) {
                return detail::graph::make_operator<detail::steps::CombineOperator<K, V, Aggregator>>(parts,
                                                                                                      aggregator);
              });
          return detail::add_final<detail::MergeState, State>(std::move(step_id), op, partials, std::move(aggregator),
                                                              std::move(settings));
        }
      } else {
        return detail::add_final<detail::AddValue, State>(std::move(step_id), op, up, std::move(aggregator),
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
///     sales | op::aggregate_final("mean", weir::agg::Mean{}).combined()
///
/// @param step_id     unique in the dataflow; names this step in snapshots
/// @param aggregator  an `AggregatorOf` the values
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
/// @param reducer  a `ReducerOf` the value; where it is `combined`, it must be associative and commutative
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

/// The same with `merger(Fold& so_far, Fold&& other)`, so that it can be `combined`.
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
