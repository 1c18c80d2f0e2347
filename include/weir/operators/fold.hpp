#pragma once

#include <concepts>
#include <functional>
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

/// The type of a fold, from its initial value.
template <typename Initial>
using FoldOf = std::remove_cvref_t<std::invoke_result_t<Logic<Initial>&>>;

template <typename Fold, typename Initial, typename Folder, typename IsComplete>
class FoldLogic {
 public:
  using State = Fold;
  using Output = Fold;
  static constexpr keyed::LogicTraits kTraits{.gives_up_folds = true};

  FoldLogic(Initial initial, Folder folder, IsComplete is_complete)
      : initial_{std::move(initial)}, folder_{std::move(folder)}, completion_{std::move(is_complete)} {}

  template <typename K, typename V>
  void on_item(const K& /*key*/, std::optional<Fold>& fold, V&& value, KeyedEmit<K, Fold>& emit) {
    if (!fold) {
      fold.emplace(std::invoke(initial_));
      completion_.prepare(*fold);
    }
    std::invoke(folder_, *fold, std::forward<V>(value));
    completion_.finish_if_complete(fold, emit);
  }

 private:
  Initial initial_;
  Folder folder_;
  keyed::Completion<Fold, IsComplete> completion_;
};

}  // namespace detail

namespace op {

/// The result of `fold`: a step that waits for its stream.
template <typename Initial, typename Folder, typename IsComplete>
struct [[nodiscard]] Fold {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `fold` takes it
  Initial initial;                           ///< as `fold` takes it
  Folder folder;                             ///< as `fold` takes it
  IsComplete is_complete;                    ///< as `fold` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | fold(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>, "fold: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    static_assert(std::invocable<detail::Logic<Initial>&>, "fold: initial must be callable as Fold()");
    if constexpr (KeyedItem<T> && std::invocable<detail::Logic<Initial>&>) {  // so that one sentence is the only error
      return apply_to_keyed(up);
    }
  }

 private:
  template <typename K, typename V>
  [[gnu::cold]] auto apply_to_keyed(const Stream<std::pair<K, V>>& up) {
    using State = detail::FoldOf<Initial>;
    static_assert(std::movable<State>, "fold: initial must return the fold to begin with");
    static_assert(
        FolderOf<detail::Logic<Folder>, State, V&&>,
        "fold: folder must be callable as void(Fold& so_far, V&& value) and change so_far in place; one that takes "
        "it by value, or returns the new fold, folds nothing");
    static_assert(std::predicate<detail::Logic<IsComplete>&, const State&>,
                  "fold: is_complete must be bool(const Fold&)");
    if constexpr (std::movable<State> && FolderOf<detail::Logic<Folder>, State, V&&> &&
                  std::predicate<detail::Logic<IsComplete>&, const State&>) {
      auto make = [initial = std::move(initial), folder = std::move(folder),
                   is_complete = std::move(is_complete)](const WorkerContext& worker) {
        return detail::FoldLogic<State, detail::Logic<Initial>, detail::Logic<Folder>, detail::Logic<IsComplete>>{
            detail::make_logic(initial, worker), detail::make_logic(folder, worker),
            detail::make_logic(is_complete, worker)};
      };
      return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "fold"}.apply(up);
    }
  }
};

/// Folds each key's values into the result of `initial()` until `is_complete` accepts the fold, then emits
/// `(key, fold)`: `reduce` for folds of another type than the values.
///
///     events | op::key_on("user", user_of)
///            | op::fold("sessionizer", [] { return Session{}; }, add_event, session_has_closed)
///
/// @param step_id      unique in the dataflow; names this step in snapshots
/// @param initial      `Fold()`, for the first value of an unknown key
/// @param folder       `void(Fold& so_far, V&& value)`, for every value of a key, in arrival order
/// @param is_complete  `bool(const Fold&)`; runs after every value; `true` emits the fold and forgets the key
/// @return             turns a `KeyedStream<K, V>` into a `KeyedStream<K, Fold>`: at most one item for each item, in
///                     the epoch that completed it
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if a callable throws
/// @remark State: one fold per open key. The end of the input emits nothing; the run's report counts open keys.
/// @see Kafka Streams, `aggregate`; as `reduce` otherwise.
template <typename Initial, typename Folder, typename IsComplete>
Fold<Initial, Folder, IsComplete> fold(std::string step_id, Initial initial, Folder folder, IsComplete is_complete) {
  return {std::move(step_id), std::move(initial), std::move(folder), std::move(is_complete)};
}

}  // namespace op
}  // namespace weir
