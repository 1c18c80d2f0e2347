#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/transform.hpp"

namespace weir {

namespace detail {
struct FilterMapBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& mapper, T&& item, Out& out) {
    if (auto result = runtime::call(site, "mapper", mapper, std::forward<T>(item))) {
      out.push(std::move(*result));
    }
  }
};

template <typename T>
struct OptionalValue;
template <typename T>
struct OptionalValue<std::optional<T>> {
  using type = T;
};

/// A callable whose result for a `T` is a `std::optional`.
template <typename F, typename T>
concept ReturnsOptional = std::invocable<F&, T> &&
                          requires { typename OptionalValue<std::remove_cvref_t<std::invoke_result_t<F&, T>>>::type; };
}  // namespace detail

namespace op {

/// The result of `filter_map`.
template <typename Mapper>
struct [[nodiscard]] FilterMap {
  std::string step_id;  ///< as `filter_map` takes it
  Mapper mapper;        ///< as `filter_map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | filter_map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(detail::ReturnsOptional<detail::Logic<Mapper>, T>, "filter_map: mapper must be std::optional<U>(T)");
    if constexpr (detail::ReturnsOptional<detail::Logic<Mapper>, T>) {
      using Result = std::remove_cvref_t<std::invoke_result_t<detail::Logic<Mapper>&, T>>;
      return detail::graph::add_transform<typename detail::OptionalValue<Result>::type, detail::FilterMapBody>(
          std::move(step_id), "filter_map", up, std::move(mapper), detail::graph::Partitioning::kCleared);
    }
  }
};

/// Replaces each item by the value that `mapper` returns for it, and drops items without one.
///
/// @param step_id  unique in the dataflow
/// @param mapper   `std::optional<U>(T)`, for each item, in order
/// @see Bytewax 0.15, operator `filter_map`.
template <typename Mapper>
FilterMap<Mapper> filter_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
