#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "weir/reducer.hpp"

namespace weir::agg {

/// What `folder(State&, V)` makes of `initial()`, value by value. Cannot be merged.
template <typename Initial, typename Folder>
struct Fold {
  Initial initial;  ///< `State()`: makes the state of a key or a window without values
  Folder folder;    ///< `void(State&, V)`: adds a value to the state

  /// The state after the first value: `initial()`, folded with it.
  template <typename V>
    requires FolderOf<Folder, std::remove_cvref_t<std::invoke_result_t<Initial&>>, V>
  std::remove_cvref_t<std::invoke_result_t<Initial&>> first(V&& value) {
    auto so_far = std::invoke(initial);
    std::invoke(folder, so_far, std::forward<V>(value));
    return so_far;
  }
  /// Folds a value into the state, in place.
  template <typename S, typename V>
  void add(S& so_far, V&& value) {
    std::invoke(folder, so_far, std::forward<V>(value));
  }
  /// The state itself.
  template <typename S>
  S result(S so_far) const {
    return so_far;
  }
};

/// The same with `merger(State&, State&&)`.
template <typename Initial, typename Folder, typename Merger>
struct MergeableFold : Fold<Initial, Folder> {
  Merger merger;  ///< `void(State&, State&&)`: adds the state of a later part to that of an earlier one

  /// Merges the state of a later part into `so_far`.
  template <typename S, std::same_as<S> Other>
    requires FolderOf<Merger, S, Other>
  void merge(S& so_far, Other&& other) {
    std::invoke(merger, so_far, std::forward<Other>(other));
  }
};

}  // namespace weir::agg
