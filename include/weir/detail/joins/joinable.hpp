#pragma once

#include "weir/copyable.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::joins {

/// The requirements on keyed streams to be joined. The messages serve all joins.
template <typename K, typename... Vs>
constexpr bool joinable() {
  static_assert(Key<K>,
                "join: the pairs' first must be a key: text, an integer, an enum, a point in time, a pair or tuple of "
                "them, or a type "
                "that opts in by weir_key; a floating-point number is none");
  static_assert((serializable<Vs> && ...) && serializable<K>,
                "join: keys and values cross workers and are kept in snapshots, so they must be serializable: a plain "
                "aggregate, or a type with cereal's serialize");
  static_assert((copyable<Vs> && ...), "join: values may be in several rows, so they must be copyable");
  return Key<K> && (serializable<Vs> && ...) && serializable<K> && (copyable<Vs> && ...);
}

}  // namespace weir::detail::joins
