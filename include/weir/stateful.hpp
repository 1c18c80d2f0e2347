#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/keyed/timer_logic.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/key.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/per_worker.hpp"
#include "weir/timers.hpp"

namespace weir {

namespace detail {

/// Whether a logic's functions take the state by reference, so that its changes are kept; true where unknown.
template <typename Logic, typename K>
consteval bool items_change_state() {
  if constexpr (requires { &Logic::on_item; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::on_item)>;
  } else if constexpr (requires { &Logic::template on_item<K>; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::template on_item<K>)>;
  } else {
    return true;
  }
}

template <typename Logic, typename K>
consteval bool timers_change_state() {
  if constexpr (requires { &Logic::on_timer; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::on_timer)>;
  } else if constexpr (requires { &Logic::template on_timer<K>; }) {
    return !graph::kReadsParameter<1, decltype(&Logic::template on_timer<K>)>;
  } else {
    return true;
  }
}

}  // namespace detail

/// The requirements of `stateful` on a logic class: its `State` and `Output` types, and a function for a value.
///
/// `on_item` gets the key's state, which is empty for an unknown key. weir keeps the state that it leaves, and drops
/// the key if that is empty. A logic with timers also gets these, and weir calls `on_timer` when one rings.
template <typename Logic, typename K, typename V>
concept StatefulLogicWithTimers =
    requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state, V&& value,
             KeyedEmit<K, typename Logic::Output>& emit, Timers& timers, const Timer& timer) {
      logic.on_item(key, state, std::move(value), emit, timers);
      logic.on_timer(key, state, timer, emit, timers);
    };

/// The requirements of `stateful` on a logic class, with timers or without: see `StatefulLogicWithTimers`.
template <typename Logic, typename K, typename V>
concept StatefulLogic =
    StatefulLogicWithTimers<Logic, K, V> ||
    requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state, V&& value,
             KeyedEmit<K, typename Logic::Output>& emit) { logic.on_item(key, state, std::move(value), emit); };

namespace op {

/// The result of `stateful`.
template <typename LogicArgument>
struct [[nodiscard]] Stateful {
  static constexpr bool kKeepsState = true;    ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                         ///< as `stateful` takes it
  LogicArgument logic;                         ///< as `stateful` takes it
  const char* op = "stateful";                 ///< the operator's name in reports and drawings
  detail::snapshot::StateSettings settings{};  ///< for weir's own steps: what a snapshot notes beside the states

  /// Adds the step to the dataflow of `up`, and returns its result. `up | stateful(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using K = typename T::first_type;
      using V = typename T::second_type;
      static_assert(Key<K>,
                    "stateful: the pair's first must be a key: text, an integer, an enum, a point in time, a pair or "
                    "tuple of them, "
                    "or a type that opts in by weir_key; a floating-point number is none");
      if constexpr (Key<K>) {
        static_assert(serializable<V>,
                      "stateful: values cross workers, so they must be serializable: a plain aggregate, or a type with "
                      "cereal's serialize");
      }
      constexpr bool kChanges = detail::items_change_state<detail::Logic<LogicArgument>, K>() &&
                                detail::timers_change_state<detail::Logic<LogicArgument>, K>();
      static_assert(kChanges,
                    "stateful: on_item and on_timer must take the state by reference, std::optional<State>&; what is "
                    "done to a copy is lost");
      static_assert(
          StatefulLogic<detail::Logic<LogicArgument>, K, V> || !kChanges,
          "stateful: the logic needs types State and Output, and on_item(const K&, std::optional<State>&, V&&, "
          "weir::KeyedEmit<K, Output>&); for timers on_item(..., weir::Timers&) and on_timer(const K&, "
          "std::optional<State>&, const weir::Timer&, weir::KeyedEmit<K, Output>&, weir::Timers&)");
      if constexpr (Key<K> && serializable<V> && kChanges && StatefulLogic<detail::Logic<LogicArgument>, K, V>) {
        using Logic = detail::Logic<LogicArgument>;
        static_assert(serializable<K> && serializable<typename Logic::State>,
                      "stateful: keys and their states are kept in snapshots, so they must be serializable: a plain "
                      "aggregate, or a type with cereal's serialize");
        if constexpr (StatefulLogicWithTimers<Logic, K, V>) {
          auto make = [logic = std::move(logic)](const WorkerContext& worker) {
            return detail::keyed::TimerLogic<Logic>{detail::make_logic(logic, worker)};
          };
          return std::move(*this).template add<PerWorker<decltype(make)>>(up, {std::move(make)});
        } else {
          return std::move(*this).template add<LogicArgument>(up, std::move(logic));
        }
      }
    }
  }

 private:
  template <typename Argument, typename K, typename V>
  [[gnu::cold]] auto add(const Stream<std::pair<K, V>>& up, Argument argument) && {
    using Made = detail::Logic<Argument>;
    if constexpr (serializable<K> && serializable<typename Made::State>) {
      return detail::graph::add_keyed_step<typename Made::State, std::pair<K, typename Made::Output>>(
          std::move(step_id), op, up,
          [argument = std::move(argument)](detail::graph::OperatorParts& parts) {
            return detail::graph::make_operator<detail::keyed::StatefulOperator<K, V, Argument>>(parts, argument);
          },
          std::move(settings));
    }
  }
};

/// The step that other keyed steps are made of: keeps a state for every key and calls the logic for each value.
///
///     struct Running {
///       using State = std::int64_t;
///       using Output = std::int64_t;
///       void on_item(const std::string& key, std::optional<State>& sum, std::int64_t&& value,
///                    weir::KeyedEmit<std::string, Output>& emit) {
///         sum = sum.value_or(0) + value;
///         emit(*sum);
///       }
///     };
///     amounts | op::stateful("running_sum", Running{})
///
/// Items are exchanged by key, so one worker sees all values of a key, in the order of each source partition.
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param logic    a `StatefulLogic`; at the end of the input weir calls its
///                 `on_end(const K&, std::optional<State>&, KeyedEmit&)`, if it has one, once for every remaining key,
///                 in no particular order. Timers call back a logic with `on_timer`: see `weir::Timers`. Of a key's
///                 timers the earliest rings first; an item may come before a timer of an earlier event time, since
///                 watermarks follow the items.
/// @see Bytewax 0.21, operator `stateful`; Flink 1.20, `KeyedProcessFunction`, for timers.
template <typename LogicArgument>
Stateful<LogicArgument> stateful(std::string step_id, LogicArgument logic) {
  return {std::move(step_id), std::move(logic)};
}

}  // namespace op
}  // namespace weir
