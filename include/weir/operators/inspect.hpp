#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "weir/detail/graph/transform.hpp"

namespace weir {

namespace detail {
struct InspectBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& inspector, T&& item, Out& out) {
    runtime::call(site, "inspector", inspector, std::as_const(item));
    out.push(std::forward<T>(item));
  }
};

struct InspectDebugBody {
  template <typename F, typename T, typename Out>
  static void handle(const runtime::StepSite& site, F& inspector, T&& item, Out& out) {
    runtime::call(site, "inspector", inspector, std::as_const(item), site.stage->epoch, site.worker.index);
    out.push(std::forward<T>(item));
  }
};
}  // namespace detail

namespace op {

/// The result of `inspect`.
template <typename Inspector>
struct [[nodiscard]] Inspect {
  std::string step_id;  ///< as `inspect` takes it
  Inspector inspector;  ///< as `inspect` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | inspect(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<Inspector>&, const T&>, "inspect: inspector must be void(const T&)");
    if constexpr (std::invocable<detail::Logic<Inspector>&, const T&>) {
      return detail::graph::add_transform<T, detail::InspectBody>(
          std::move(step_id), "inspect", up, std::move(inspector), detail::graph::Partitioning::kKept);
    }
  }
};

/// Shows each item to `inspector` and emits it unchanged.
///
/// @param step_id    unique in the dataflow
/// @param inspector  `void(const T&)`, for each item, in order
/// @see Bytewax 0.15, operator `inspect`.
template <typename Inspector>
Inspect<Inspector> inspect(std::string step_id, Inspector inspector) {
  return {std::move(step_id), std::move(inspector)};
}

/// The result of `inspect_debug`.
template <typename Inspector>
struct [[nodiscard]] InspectDebug {
  std::string step_id;  ///< as `inspect_debug` takes it
  Inspector inspector;  ///< as `inspect_debug` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | inspect_debug(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<Inspector>&, const T&, Epoch, WorkerIndex>,
                  "inspect_debug: inspector must be void(const T&, weir::Epoch, weir::WorkerIndex)");
    if constexpr (std::invocable<detail::Logic<Inspector>&, const T&, Epoch, WorkerIndex>) {
      return detail::graph::add_transform<T, detail::InspectDebugBody>(
          std::move(step_id), "inspect_debug", up, std::move(inspector), detail::graph::Partitioning::kKept);
    }
  }
};

/// Shows each item to `inspector` with its epoch and its worker, and emits it unchanged.
///
/// @param step_id    unique in the dataflow
/// @param inspector  `void(const T&, Epoch, WorkerIndex)`, for each item, in order
/// @see Bytewax 0.15, operator `inspect_epoch`.
template <typename Inspector>
InspectDebug<Inspector> inspect_debug(std::string step_id, Inspector inspector) {
  return {std::move(step_id), std::move(inspector)};
}

}  // namespace op
}  // namespace weir
