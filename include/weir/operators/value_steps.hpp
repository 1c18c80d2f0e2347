#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/transform.hpp"
#include "weir/operators/filter_map.hpp"

namespace weir {

namespace detail {

struct MapValueBody {
  template <typename F, typename K, typename V, typename Out>
  static void handle(const runtime::StepSite& site, F& mapper, std::pair<K, V>&& item, Out& out) {
    out.push({std::move(item.first), runtime::call(site, "mapper", mapper, std::move(item.second))});
  }
};

struct FilterMapValueBody {
  template <typename F, typename K, typename V, typename Out>
  static void handle(const runtime::StepSite& site, F& mapper, std::pair<K, V>&& item, Out& out) {
    if (auto result = runtime::call(site, "mapper", mapper, std::move(item.second))) {
      out.push({std::move(item.first), std::move(*result)});
    }
  }
};

struct FilterValueBody {
  template <typename F, typename K, typename V, typename Out>
  static void handle(const runtime::StepSite& site, F& predicate, std::pair<K, V>&& item, Out& out) {
    if (runtime::call(site, "predicate", predicate, std::as_const(item.second))) {
      out.push(std::move(item));
    }
  }
};

}  // namespace detail

namespace op {

/// The result of `map_value`.
template <typename Mapper>
struct [[nodiscard]] MapValue {
  std::string step_id;  ///< as `map_value` takes it
  Mapper mapper;        ///< as `map_value` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | map_value(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "map_value: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(std::invocable<detail::Logic<Mapper>&, V>, "map_value: mapper must be callable with the value");
      if constexpr (std::invocable<detail::Logic<Mapper>&, V>) {
        using Result = std::decay_t<std::invoke_result_t<detail::Logic<Mapper>&, V>>;
        static_assert(!std::is_void_v<Result>, "map_value: mapper must return the new value");
        return detail::graph::add_transform<std::pair<typename T::first_type, Result>, detail::MapValueBody>(
            std::move(step_id), "map_value", up, std::move(mapper), detail::graph::Partitioning::kKept);
      }
    }
  }
};

/// Replaces each value by the result of `mapper`; key and worker stay the same.
///
/// @param step_id  unique in the dataflow
/// @param mapper   `U(V)`, for each item, in order
/// @see Bytewax 0.15, operator `map_value`.
template <typename Mapper>
MapValue<Mapper> map_value(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

/// The result of `filter_map_value`.
template <typename Mapper>
struct [[nodiscard]] FilterMapValue {
  std::string step_id;  ///< as `filter_map_value` takes it
  Mapper mapper;        ///< as `filter_map_value` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | filter_map_value(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "filter_map_value: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(detail::ReturnsOptional<detail::Logic<Mapper>, V>,
                    "filter_map_value: mapper must be std::optional<U>(V)");
      if constexpr (detail::ReturnsOptional<detail::Logic<Mapper>, V>) {
        using Result = std::remove_cvref_t<std::invoke_result_t<detail::Logic<Mapper>&, V>>;
        using Item = std::pair<typename T::first_type, typename detail::OptionalValue<Result>::type>;
        return detail::graph::add_transform<Item, detail::FilterMapValueBody>(
            std::move(step_id), "filter_map_value", up, std::move(mapper), detail::graph::Partitioning::kKept);
      }
    }
  }
};

/// Replaces each value by the value that `mapper` returns for it, and drops items without one; key and worker stay the
/// same.
///
/// @param step_id  unique in the dataflow
/// @param mapper   `std::optional<U>(V)`, for each item, in order
/// @see Bytewax 0.21, operator `filter_map_value`.
template <typename Mapper>
FilterMapValue<Mapper> filter_map_value(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

/// The result of `filter_value`.
template <typename Predicate>
struct [[nodiscard]] FilterValue {
  std::string step_id;  ///< as `filter_value` takes it
  Predicate predicate;  ///< as `filter_value` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | filter_value(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "filter_value: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(std::predicate<detail::Logic<Predicate>&, const V&>,
                    "filter_value: predicate must be bool(const V&)");
      if constexpr (std::predicate<detail::Logic<Predicate>&, const V&>) {
        return detail::graph::add_transform<T, detail::FilterValueBody>(
            std::move(step_id), "filter_value", up, std::move(predicate), detail::graph::Partitioning::kKept);
      }
    }
  }
};

/// Emits the items whose value `predicate` accepts.
///
/// @param step_id    unique in the dataflow
/// @param predicate  `bool(const V&)`, for each item, in order
/// @see Bytewax 0.21, operator `filter_value`.
template <typename Predicate>
FilterValue<Predicate> filter_value(std::string step_id, Predicate predicate) {
  return {std::move(step_id), std::move(predicate)};
}

}  // namespace op
}  // namespace weir
