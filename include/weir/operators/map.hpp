#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/transform.hpp"

namespace weir {

namespace detail {
struct MapBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& mapper, T&& item, Out& out) {
    using U = std::decay_t<std::invoke_result_t<F&, T>>;  // a mapper may return a reference
    out.push(static_cast<U>(runtime::call(site, "mapper", mapper, std::forward<T>(item))));
  }
};
}  // namespace detail

namespace op {

/// The result of `map`.
template <typename Mapper>
struct [[nodiscard]] Map {
  std::string step_id;  ///< as `map` takes it
  Mapper mapper;        ///< as `map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<Mapper>&, T>, "map: mapper must be callable with the stream's item");
    if constexpr (std::invocable<detail::Logic<Mapper>&, T>) {
      using Result = std::invoke_result_t<detail::Logic<Mapper>&, T>;
      static_assert(!std::is_void_v<Result>,
                    "map: mapper must return the new item; to only look at items use op::inspect");
      if constexpr (!std::is_void_v<Result>) {
        return detail::graph::add_transform<std::decay_t<Result>, detail::MapBody>(
            std::move(step_id), "map", up, std::move(mapper), detail::graph::Partitioning::kCleared);
      }
    }
  }
};

/// Replaces each item by the result of `mapper`. A result that is a pair makes the stream keyed.
///
///     events | op::map("initial_session", [](Event e) { return std::pair{user_of(e), Session{e}}; })
///
/// @param step_id  unique in the dataflow
/// @param mapper   `U(T)`, for each item, in order
/// @see Bytewax 0.15, operator `map`.
template <typename Mapper>
Map<Mapper> map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
