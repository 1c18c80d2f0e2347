#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/copyable.hpp"
#include "weir/reducer.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

template <typename Fold, typename Initial, typename Folder>
class ScanLogic {
 public:
  using State = Fold;
  using Output = Fold;

  ScanLogic(Initial initial, Folder folder) : initial_{std::move(initial)}, folder_{std::move(folder)} {}

  template <typename K, typename V>
  void on_item(const K& /*key*/, std::optional<Fold>& fold, V&& value, KeyedEmit<K, Fold>& emit) {
    if (!fold) {
      fold.emplace(std::invoke(initial_));
    }
    std::invoke(folder_, *fold, std::forward<V>(value));
    emit(*fold);
  }

 private:
  Initial initial_;
  Folder folder_;
};

}  // namespace detail

namespace op {

/// The result of `scan`.
template <typename Initial, typename Folder>
struct [[nodiscard]] Scan {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `scan` takes it
  Initial initial;                           ///< as `scan` takes it
  Folder folder;                             ///< as `scan` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | scan(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>, "scan: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    static_assert(std::invocable<detail::Logic<Initial>&>, "scan: initial must be callable as Fold()");
    if constexpr (KeyedItem<T> && std::invocable<detail::Logic<Initial>&>) {  // so that one sentence is the only error
      return apply_to_keyed(up);
    }
  }

 private:
  template <typename K, typename V>
  [[gnu::cold]] auto apply_to_keyed(const Stream<std::pair<K, V>>& up) {
    using State = std::remove_cvref_t<std::invoke_result_t<detail::Logic<Initial>&>>;
    static_assert(copyable<State>, "scan: each step of the fold is emitted, so the fold must be copyable");
    static_assert(
        FolderOf<detail::Logic<Folder>, State, V&&>,
        "scan: folder must be callable as void(Fold& so_far, V&& value) and change so_far in place; one that takes "
        "it by value, or returns the new fold, folds nothing");
    if constexpr (copyable<State> && FolderOf<detail::Logic<Folder>, State, V&&>) {
      auto make = [initial = std::move(initial), folder = std::move(folder)](const WorkerContext& worker) {
        return detail::ScanLogic<State, detail::Logic<Initial>, detail::Logic<Folder>>{
            detail::make_logic(initial, worker), detail::make_logic(folder, worker)};
      };
      return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "scan"}.apply(up);
    }
  }
};

/// Folds each key's values into the result of `initial()`, and emits `(key, fold so far)` after every value.
///
///     payments | op::scan("balance", [] { return Cents{0}; }, [](Cents& balance, Cents amount) { balance += amount; })
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param initial  `Fold()`, for the first value of a key
/// @param folder   `void(Fold& so_far, V&& value)`, for every value of a key, in arrival order
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, Fold>`: one item for each item
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if a callable throws
/// @remark State: one fold for each key that ever came; `op::time_to_live` bounds the keys.
/// @see Kafka Streams, `aggregate` on a KGroupedStream, whose table changes with every value.
template <typename Initial, typename Folder>
Scan<Initial, Folder> scan(std::string step_id, Initial initial, Folder folder) {
  return {std::move(step_id), std::move(initial), std::move(folder)};
}

}  // namespace op
}  // namespace weir
