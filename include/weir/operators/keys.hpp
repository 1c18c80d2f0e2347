#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/transform.hpp"
#include "weir/detail/runtime/in_place.hpp"
#include "weir/key.hpp"

namespace weir {

namespace detail {

struct KeyOnBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& key_of, T&& item, Out& out) {
    // The pair makes `first` before `second`, so the key function sees the item before it is moved.
    out.push({runtime::InPlace{
                  [&]() -> decltype(auto) { return runtime::call(site, "key function", key_of, std::as_const(item)); }},
              std::forward<T>(item)});
  }
};

struct KeyRmBody {
  template <typename F, typename K, typename V, typename Out>
  static void handle(const runtime::StepSite& /*site*/, F& /*none*/, std::pair<K, V>&& item, Out& out) {
    out.push(std::move(item.second));
  }
};

struct NoLogic {};

}  // namespace detail

namespace op {

/// The result of `key_on`.
template <typename KeyOf>
struct [[nodiscard]] KeyOn {
  std::string step_id;  ///< as `key_on` takes it
  KeyOf key_of;         ///< as `key_on` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | key_on(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<KeyOf>&, const T&>,
                  "key_on: the key function must be callable as K(const T&)");
    if constexpr (std::invocable<detail::Logic<KeyOf>&, const T&>) {
      using K = std::decay_t<std::invoke_result_t<detail::Logic<KeyOf>&, const T&>>;
      static_assert(Key<K>,
                    "key_on: the key function must return a key: text, an integer, an enum, a point in time, a pair or "
                    "tuple of them, "
                    "or a type that opts in by weir_key; a floating-point number is none");
      if constexpr (Key<K>) {
        return detail::graph::add_transform<std::pair<K, T>, detail::KeyOnBody>(
            std::move(step_id), "key_on", up, std::move(key_of), detail::graph::Partitioning::kCleared);
      }
    }
  }
};

/// Puts a key before each item: `T` becomes `std::pair<K, T>`.
///
/// @param step_id  unique in the dataflow
/// @param key_of   `K(const T&)`, for each item, in order
/// @see Bytewax 0.21, operator `key_on`.
template <typename KeyOf>
KeyOn<KeyOf> key_on(std::string step_id, KeyOf key_of) {
  return {std::move(step_id), std::move(key_of)};
}

/// The result of `key_rm`.
struct [[nodiscard]] KeyRm {
  std::string step_id;  ///< as `key_rm` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | key_rm(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>, "key_rm: needs a keyed stream, one of std::pair<Key, Value>");
    if constexpr (KeyedItem<T>) {
      return detail::graph::add_transform<typename T::second_type, detail::KeyRmBody>(
          std::move(step_id), "key_rm", up, detail::NoLogic{}, detail::graph::Partitioning::kCleared);
    }
  }
};

/// Removes the key: `std::pair<K, V>` becomes `V`.
///
/// @param step_id  unique in the dataflow
/// @see Bytewax 0.21, operator `key_rm`.
inline KeyRm key_rm(std::string step_id) { return {std::move(step_id)}; }

}  // namespace op
}  // namespace weir
