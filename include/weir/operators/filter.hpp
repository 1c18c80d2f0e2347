#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "weir/detail/graph/transform.hpp"

namespace weir {

namespace detail {
struct FilterBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& predicate, T&& item, Out& out) {
    if (runtime::call(site, "predicate", predicate, std::as_const(item))) {
      out.push(std::forward<T>(item));
    }
  }
};
}  // namespace detail

namespace op {

/// The result of `filter`.
template <typename Predicate>
struct [[nodiscard]] Filter {
  std::string step_id;  ///< as `filter` takes it
  Predicate predicate;  ///< as `filter` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | filter(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::predicate<detail::Logic<Predicate>&, const T&>, "filter: predicate must be bool(const T&)");
    if constexpr (std::predicate<detail::Logic<Predicate>&, const T&>) {
      return detail::graph::add_transform<T, detail::FilterBody>(std::move(step_id), "filter", up, std::move(predicate),
                                                                 detail::graph::Partitioning::kKept);
    }
  }
};

/// Emits the items that `predicate` accepts.
///
///     sessions | op::filter("has_search", has_search)
///
/// @param step_id    unique in the dataflow
/// @param predicate  `bool(const T&)`, for each item, in order
/// @see Bytewax 0.15, operator `filter`.
template <typename Predicate>
Filter<Predicate> filter(std::string step_id, Predicate predicate) {
  return {std::move(step_id), std::move(predicate)};
}

}  // namespace op
}  // namespace weir
