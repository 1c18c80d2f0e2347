#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/detail/keyed/stateful_batch_operator.hpp"
#include "weir/detail/keyed/timer_logic.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/key.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/per_worker.hpp"
#include "weir/stateful.hpp"
#include "weir/timers.hpp"

namespace weir {

namespace detail {

template <typename Logic, typename K>
consteval bool batches_change_state() {
  if constexpr (requires { &Logic::on_batch; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::on_batch)>;
  } else if constexpr (requires { &Logic::template on_batch<K>; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::template on_batch<K>)>;
  } else {
    return true;
  }
}

}  // namespace detail

/// The requirements of `stateful_batch` on a logic class: its `State` and `Output` types, and a function for a batch of
/// values.
///
/// `on_batch` gets the key's state, which is empty for an unknown key. weir keeps the state that it leaves, and drops
/// the key if that is empty. A logic with timers also gets these, and weir calls `on_timer` when one rings.
template <typename Logic, typename K, typename V>
concept StatefulBatchLogicWithTimers =
    requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state, std::vector<V>&& values,
             KeyedEmit<K, typename Logic::Output>& emit, Timers& timers, const Timer& timer) {
      logic.on_batch(key, state, std::move(values), emit, timers);
      logic.on_timer(key, state, timer, emit, timers);
    };

/// The requirements of `stateful_batch` on a logic class, with timers or without: see `StatefulBatchLogicWithTimers`.
template <typename Logic, typename K, typename V>
concept StatefulBatchLogic =
    StatefulBatchLogicWithTimers<Logic, K, V> ||
    requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state, std::vector<V>&& values,
             KeyedEmit<K, typename Logic::Output>& emit) { logic.on_batch(key, state, std::move(values), emit); };

namespace op {

/// The result of `stateful_batch`.
template <typename LogicArgument>
struct [[nodiscard]] StatefulBatch {
  static constexpr bool kKeepsState = true;    ///< keeps a state for every key, so an error policy needs `copy_before`
  static constexpr bool kTakesBatches = true;  ///< its logic gets many items at once, so no error policy wraps it
  std::string step_id;                         ///< as `stateful_batch` takes it
  LogicArgument logic;                         ///< as `stateful_batch` takes it
  std::size_t max_items;                       ///< as `stateful_batch` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | stateful_batch(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful_batch: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using K = typename T::first_type;
      using V = typename T::second_type;
      using Logic = detail::Logic<LogicArgument>;
      static_assert(Key<K>,
                    "stateful_batch: the pair's first must be a key: text, an integer, an enum, a point in time, a "
                    "pair or tuple of "
                    "them, or a type that opts in by weir_key; a floating-point number is none");
      if constexpr (Key<K>) {
        static_assert(
            serializable<V>,
            "stateful_batch: values cross workers, so they must be serializable: a plain aggregate, or a type "
            "with cereal's serialize");
      }
      constexpr bool kChanges = detail::batches_change_state<Logic, K>() && detail::timers_change_state<Logic, K>();
      static_assert(
          kChanges,
          "stateful_batch: on_batch and on_timer must take the state by reference, std::optional<State>&; what "
          "is done to a copy is lost");
      static_assert(
          StatefulBatchLogic<Logic, K, V> || !kChanges,
          "stateful_batch: the logic needs types State and Output, and on_batch(const K&, std::optional<State>&, "
          "std::vector<V>&&, weir::KeyedEmit<K, Output>&); for timers on_batch(..., weir::Timers&) and on_timer(const "
          "K&, std::optional<State>&, const weir::Timer&, weir::KeyedEmit<K, Output>&, weir::Timers&)");
      if constexpr (Key<K> && serializable<V> && kChanges && StatefulBatchLogic<Logic, K, V>) {
        static_assert(serializable<K> && serializable<typename Logic::State>,
                      "stateful_batch: keys and their states are kept in snapshots, so they must be serializable: a "
                      "plain aggregate, or a type with cereal's serialize");
        if constexpr (serializable<K> && serializable<typename Logic::State>) {
          return std::move(*this).template add<Logic>(up);
        }
      }
    }
  }

 private:
  template <typename Logic, typename K, typename V>
  [[gnu::cold]] auto add(const Stream<std::pair<K, V>>& up) && {
    detail::windows::check_at_least_one(step_id, "max_items", max_items);
    auto make = [logic = std::move(logic)](const WorkerContext& worker) {
      detail::keyed::BatchLogic<Logic> of_batches{detail::make_logic(logic, worker)};
      if constexpr (StatefulBatchLogicWithTimers<Logic, K, V>) {
        return detail::keyed::TimerLogic<detail::keyed::BatchLogic<Logic>>{std::move(of_batches)};
      } else {
        return of_batches;
      }
    };
    using Made = PerWorker<decltype(make)>;
    return detail::graph::add_keyed_step<typename detail::Logic<Made>::State, std::pair<K, typename Logic::Output>>(
        std::move(step_id), "stateful_batch", up,
        [argument = Made{std::move(make)}, most = max_items](detail::graph::OperatorParts& parts) {
          return detail::graph::make_operator<detail::keyed::StatefulBatchOperator<K, V, Made>>(parts, argument, most);
        },
        {}, true);
  }
};

/// As `stateful`, but calls the logic once with all values of a key since the last call: for logic that costs as much
/// for one value as for many, such as a call of a model or of a database.
///
///     struct Running {
///       using State = std::int64_t;
///       using Output = std::int64_t;
///       void on_batch(const std::string& key, std::optional<State>& sum, std::vector<std::int64_t>&& values,
///                     weir::KeyedEmit<std::string, Output>& emit) {
///         sum = std::reduce(values.begin(), values.end(), sum.value_or(0));
///         emit(*sum);
///       }
///     };
///     amounts | op::stateful_batch("sums", Running{})
///
/// Items are exchanged by key, so one worker sees all values of a key, in the order of each source partition; a batch
/// has them in their order of arrival. A worker gathers about a thousand items, or fewer when it is otherwise idle,
/// time advances or an epoch ends, so that no item waits for others. The state must not depend on where batches are
/// cut, which differs from run to run.
/// @param step_id    unique in the dataflow; names this step in snapshots
/// @param logic      a `StatefulBatchLogic`; at the end of the input weir calls its
///                   `on_end(const K&, std::optional<State>&, KeyedEmit&)`, if it has one, once for every remaining
///                   key, after its last batch. Timers call back a logic with `on_timer`, as in `stateful`; values of a
///                   key that came before a timer was due are in a batch before it rings.
/// @param max_items  the most values of a batch, at least 1; no batch is empty
/// @throws BuildError  from `operator|`, if `step_id` is taken or `max_items` is 0; StepError from `run()` if the logic
///                     throws. It takes no error policy, since it is unknown at which value a batch fails.
/// @remark State: as for `stateful`. Gathered items are handled before each snapshot, so that no snapshot holds any.
/// @see Bytewax 0.21, operator `stateful_batch`.
template <typename LogicArgument>
StatefulBatch<LogicArgument> stateful_batch(std::string step_id, LogicArgument logic, std::size_t max_items = 512) {
  return {std::move(step_id), std::move(logic), max_items};
}

}  // namespace op
}  // namespace weir
