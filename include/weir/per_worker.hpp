#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "weir/worker_context.hpp"

namespace weir {

/// The result of `per_worker`.
template <typename Builder>
struct PerWorker {
  Builder builder;  ///< called once for each worker, in their order, on the thread that starts the run
};

/// Gives every worker its own logic, made by `builder(WorkerContext)`, in place of a copy. The logic may be move-only.
///
///     lines | op::map("parse", weir::per_worker([](weir::WorkerContext) { return Parser{}; }))
///
/// @param builder  called once per worker, in worker order, before any worker starts
template <typename Builder>
  requires std::invocable<const Builder&, WorkerContext>
PerWorker<Builder> per_worker(Builder builder) {
  return {std::move(builder)};
}

namespace detail {

/// A callable of the user in the dataflow, and its type on one worker.
template <typename F>
struct LogicOf {
  static_assert(std::copy_constructible<F>,
                "a step's callable is copied once per worker, so it must be copyable; give each worker its own by "
                "weir::per_worker([](weir::WorkerContext) { return logic; })");
  using type = F;
  static F make(const F& logic, const WorkerContext& /*worker*/) { return logic; }
};

template <typename Builder>
struct LogicOf<PerWorker<Builder>> {
  using type = std::invoke_result_t<const Builder&, WorkerContext>;
  static type make(const PerWorker<Builder>& logic, const WorkerContext& worker) { return logic.builder(worker); }
};

/// The callable that a worker runs for an argument `F` of a step.
template <typename F>
using Logic = typename LogicOf<F>::type;

template <typename F>
Logic<F> make_logic(const F& logic, const WorkerContext& worker) {
  return LogicOf<F>::make(logic, worker);
}

}  // namespace detail
}  // namespace weir
