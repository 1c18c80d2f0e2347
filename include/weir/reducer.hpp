#pragma once

#include <concepts>
#include <type_traits>

namespace weir {

/// A reducer that changes the fold in place: `(V& so_far, V&& next)`, returning void or `V&`.
template <typename F, typename V>
concept ReducesInPlace = std::invocable<F&, V&, V&&> && (std::is_void_v<std::invoke_result_t<F&, V&, V&&>> ||
                                                         std::same_as<std::invoke_result_t<F&, V&, V&&>, V&>);

/// A reducer that makes the new fold: `(V&& so_far, V&& next)`, returning `V`.
template <typename F, typename V>
concept ReducesByValue = std::invocable<F&, V&&, V&&> && !std::is_void_v<std::invoke_result_t<F&, V&&, V&&>> &&
                         std::convertible_to<std::invoke_result_t<F&, V&&, V&&>, V>;

/// What `reduce` takes as reducer for values of type `V`.
/// A reducer that only fits by value is never called in place: its result would be lost.
template <typename F, typename V>
concept ReducerOf = ReducesInPlace<F, V> || ReducesByValue<F, V>;

}  // namespace weir
