#pragma once

#include <concepts>
#include <type_traits>

#include "weir/detail/graph/signature.hpp"

namespace weir {

/// A reducer that changes the fold in place: `(V& so_far, V&& next)`, returning void or `V&`. One that takes `so_far`
/// by value or by reference to const is not one: its changes would be lost.
template <typename F, typename V>
concept ReducesInPlace =
    std::invocable<F&, V&, V&&> &&
    (std::is_void_v<std::invoke_result_t<F&, V&, V&&>> || std::same_as<std::invoke_result_t<F&, V&, V&&>, V&>) &&
    !detail::graph::kLeavesFirst<F, V, V>;

/// A reducer that makes the new fold: `(V&& so_far, V&& next)`, returning `V`.
template <typename F, typename V>
concept ReducesByValue = std::invocable<F&, V&&, V&&> && !std::is_void_v<std::invoke_result_t<F&, V&&, V&&>> &&
                         std::convertible_to<std::invoke_result_t<F&, V&&, V&&>, V>;

/// A reducer that `reduce` takes for values of type `V`.
/// A reducer that only fits by value is never called in place: its result would be lost.
template <typename F, typename V>
concept ReducerOf = ReducesInPlace<F, V> || ReducesByValue<F, V>;

/// A folder that `fold` and `scan` take: it changes the fold in place, `(Fold& so_far, V&& value)`. One that takes
/// `so_far` by value or by reference to const, or returns the new fold, is not one: its result would be lost.
template <typename F, typename Fold, typename V>
concept FolderOf = std::invocable<F&, Fold&, V> && !std::same_as<std::invoke_result_t<F&, Fold&, V>, Fold> &&
                   !detail::graph::kLeavesFirst<F, Fold, std::remove_cvref_t<V>>;

}  // namespace weir
