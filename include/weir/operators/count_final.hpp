#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/in_place.hpp"
#include "weir/detail/transform.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

/// A value that carries nothing: what crosses workers is the key alone.
struct Nothing {};

struct KeyOnlyBody {
  template <typename F, typename T, typename K>
  static void handle(const StepSite& site, F& key_of, T&& item, Receiver<std::pair<K, Nothing>>& out) {
    out.push({InPlace{[&]() -> decltype(auto) { return call(site, "key function", key_of, std::forward<T>(item)); }},
              Nothing{}});
  }
};

class CountFinalLogic {
 public:
  using State = std::uint64_t;
  using Output = std::uint64_t;

  template <typename K>
  void on_item(const K& /*key*/, std::optional<std::uint64_t>& count, Nothing&& /*value*/,
               KeyedEmit<K, std::uint64_t>& /*emit*/) {
    count = count.value_or(0) + 1;
  }

  template <typename K>
  void on_end(const K& /*key*/, std::optional<std::uint64_t>& count, KeyedEmit<K, std::uint64_t>& emit) {
    emit(*count);
    count.reset();
  }
};

}  // namespace detail

namespace op {

/// What `count_final` returns.
template <typename KeyOf>
struct [[nodiscard]] CountFinal {
  std::string step_id;
  KeyOf key_of;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<KeyOf>&, T>, "count_final: the key function must be callable as K(T)");
    if constexpr (std::invocable<detail::Logic<KeyOf>&, T>) {
      using K = std::decay_t<std::invoke_result_t<detail::Logic<KeyOf>&, T>>;
      static_assert(Key<K>,
                    "count_final: the key function must return a key: text, an integer, an enum, a pair or tuple of "
                    "them, or a type that opts in by weir_key; a floating-point number is none");
      if constexpr (Key<K>) {
        const std::string id = std::move(step_id);
        auto keyed = detail::add_transform<std::pair<K, detail::Nothing>, detail::KeyOnlyBody>(
            id + ".key", "key_on", up, std::move(key_of), detail::Partitioning::kCleared);
        return Stateful<detail::CountFinalLogic>{id, {}, "count_final"}.apply(keyed);
      }
    }
  }
};

/// Counts the items of each key and emits `(key, count)` at the end of the input.
///
///     words | op::count_final("count", [](std::string word) { return word; })
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param key_of   `K(T)`, for each item; gets the item to keep, so it may move the key out of it
/// @remark State: a number per key, until the end of the input. The order of the keys means nothing.
/// @see Bytewax 0.21, operator `count_final`.
template <typename KeyOf>
CountFinal<KeyOf> count_final(std::string step_id, KeyOf key_of) {
  return {std::move(step_id), std::move(key_of)};
}

}  // namespace op
}  // namespace weir
