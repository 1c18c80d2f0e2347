#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/keyed/completion.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/reducer.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

template <typename V, typename Reducer, typename IsComplete>
class ReduceLogic {
 public:
  using State = V;
  using Output = V;
  static constexpr keyed::LogicTraits kTraits{.gives_up_folds = true};

  ReduceLogic(Reducer reducer, IsComplete is_complete)
      : reducer_{std::move(reducer)}, completion_{std::move(is_complete)} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<V>& fold, V&& value, KeyedEmit<K, V>& emit) {
    if (!fold) {
      fold.emplace(std::move(value));
      completion_.prepare(*fold);
    } else if constexpr (ReducesInPlace<Reducer, V>) {
      std::invoke(reducer_, *fold, std::move(value));
    } else {
      *fold = static_cast<V>(std::invoke(reducer_, std::move(*fold), std::move(value)));
    }
    completion_.finish_if_complete(fold, emit);
  }

 private:
  Reducer reducer_;
  keyed::Completion<V, IsComplete> completion_;
};

}  // namespace detail

namespace op {

/// The result of `reduce`: a step that waits for its stream.
template <typename Reducer, typename IsComplete>
struct [[nodiscard]] Reduce {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `reduce` takes it
  Reducer reducer;                           ///< as `reduce` takes it
  IsComplete is_complete;                    ///< as `reduce` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | reduce(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>, "reduce: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {  // the guard keeps the sentence above the only error
      using V = typename T::second_type;
      static_assert(
          ReducerOf<detail::Logic<Reducer>, V>,
          "reduce: reducer must be callable as V(V so_far, V next), or in place as void(V& so_far, V&& next); one that "
          "returns nothing and takes so_far by value folds nothing");
      static_assert(std::predicate<detail::Logic<IsComplete>&, const V&>, "reduce: is_complete must be bool(const V&)");
      if constexpr (ReducerOf<detail::Logic<Reducer>, V> && std::predicate<detail::Logic<IsComplete>&, const V&>) {
        auto make = [reducer = std::move(reducer), is_complete = std::move(is_complete)](const WorkerContext& worker) {
          return detail::ReduceLogic<V, detail::Logic<Reducer>, detail::Logic<IsComplete>>{
              detail::make_logic(reducer, worker), detail::make_logic(is_complete, worker)};
        };
        return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "reduce"}.apply(up);
      }
    }
  }
};

/// Folds each key's values until `is_complete` accepts the fold, then emits `(key, fold)`.
///
///     clicks | op::reduce("sessionizer", join_sessions, session_has_closed)
///
/// @param step_id      unique in the dataflow; names this step in snapshots
/// @param reducer      a `ReducerOf` the value; runs for every value of a key but its first, in arrival order
/// @param is_complete  `bool(const V&)`; runs after every value; `true` emits the fold and forgets the key
/// @return             turns a `KeyedStream<K, V>` into a `KeyedStream<K, V>`: at most one item for each item, in the
///                     epoch that completed it
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if a callable throws
/// @remark State: one `V` per open key. The end of the input emits nothing; the run's report counts open keys.
/// @see Source of the semantics: Bytewax 0.15, operator `reduce`.
template <typename Reducer, typename IsComplete>
Reduce<Reducer, IsComplete> reduce(std::string step_id, Reducer reducer, IsComplete is_complete) {
  return {std::move(step_id), std::move(reducer), std::move(is_complete)};
}

}  // namespace op
}  // namespace weir
