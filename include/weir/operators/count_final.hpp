#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/transform.hpp"
#include "weir/detail/runtime/in_place.hpp"
#include "weir/operators/aggregate_final.hpp"

namespace weir {

namespace detail {

/// An empty value: only the key crosses workers.
struct Nothing {};

struct KeyOnlyBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& key_of, T&& item, Out& out) {
    out.push({runtime::InPlace{[&]() -> decltype(auto) {
                return runtime::call(site, "key function", key_of, std::forward<T>(item));
              }},
              Nothing{}});
  }
};

}  // namespace detail

namespace op {

/// The result of `count_final`.
template <typename KeyOf, detail::FoldFirst kFolds = detail::FoldFirst::kIfItPays>
struct [[nodiscard]] CountFinal {
  static constexpr bool kLogicInFirstStep = true;  ///< made of several steps: an error policy covers the first
  std::string step_id;                             ///< as `count_final` takes it
  KeyOf key_of;                                    ///< as `count_final` takes it

  /// Counts on each worker first, also where that does not pay off.
  CountFinal<KeyOf, detail::FoldFirst::kAlways> combined() && { return {std::move(step_id), std::move(key_of)}; }

  /// Counts on the worker of the key alone: every key crosses for each of its items.
  CountFinal<KeyOf, detail::FoldFirst::kNever> uncombined() && { return {std::move(step_id), std::move(key_of)}; }

  /// Adds the step to the dataflow of `up`, and returns its result. `up | count_final(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<KeyOf>&, T>, "count_final: the key function must be callable as K(T)");
    if constexpr (std::invocable<detail::Logic<KeyOf>&, T>) {
      using K = std::decay_t<std::invoke_result_t<detail::Logic<KeyOf>&, T>>;
      static_assert(Key<K>,
                    "count_final: the key function must return a key: text, an integer, an enum, a point in time, a "
                    "pair or tuple of "
                    "them, or a type that opts in by weir_key; a floating-point number is none");
      if constexpr (Key<K>) {
        const std::string id = std::move(step_id);
        auto keyed = detail::graph::add_transform<std::pair<K, detail::Nothing>, detail::KeyOnlyBody>(
            id + ".key", "key_on", up, std::move(key_of), detail::graph::Partitioning::kCleared);
        return AggregateFinal<agg::Count, kFolds>{id, {}, "count_final"}.apply(keyed);
      }
    }
  }
};

/// Counts the items of each key and emits `(key, count)` at the end of the input.
///
///     words | op::count_final("count", [](std::string word) { return word; })
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param key_of   `K(T)`, for each item; owns the item, so it may move the key out of it
/// @remark State: a number per key, until the end of the input. The order of the keys means nothing.
/// @see Bytewax 0.21, operator `count_final`.
template <typename KeyOf>
CountFinal<KeyOf> count_final(std::string step_id, KeyOf key_of) {
  return {std::move(step_id), std::move(key_of)};
}

}  // namespace op
}  // namespace weir
