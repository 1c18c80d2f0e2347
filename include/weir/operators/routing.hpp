#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"

namespace weir {

namespace detail {

/// Forwards items: the code of `merge`, which has several inputs, and of `redistribute`, whose edge does the work.
template <typename T>
class PassOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  explicit PassOperator(graph::OperatorParts& parts)
      : runtime::PlainOperator{parts.site}, out_{&graph::output<T>(parts)} {
    for (runtime::ReceiverBase*& input : parts.inputs) {
      input = this;
    }
  }

  void push(T&& item) override {
    count_item();
    out_->push(std::move(item));
  }

 private:
  runtime::Receiver<T>* out_;
};

template <typename T, typename F>
class BranchOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  BranchOperator(graph::OperatorParts& parts, const F& predicate)
      : runtime::PlainOperator{parts.site},
        predicate_{make_logic(predicate, parts.site.worker)},
        accepted_{&graph::output<T>(parts, 0)},
        rejected_{&graph::output<T>(parts, 1)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    runtime::Receiver<T>* const out =
        runtime::call(site(), "predicate", predicate_, std::as_const(item)) ? accepted_ : rejected_;
    out->push(std::move(item));
  }

 private:
  Logic<F> predicate_;
  runtime::Receiver<T>* accepted_;
  runtime::Receiver<T>* rejected_;
};

}  // namespace detail

namespace op {

/// The result of `branch`.
template <typename Predicate>
struct [[nodiscard]] Branch {
  std::string step_id;  ///< as `branch` takes it
  Predicate predicate;  ///< as `branch` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | branch(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::predicate<detail::Logic<Predicate>&, const T&>, "branch: predicate must be bool(const T&)");
    if constexpr (std::predicate<detail::Logic<Predicate>&, const T&>) {
      detail::graph::StepSpec step{.id = std::move(step_id), .op = "branch"};
      step.read(detail::graph::direct_input(up));
      step.emit(detail::graph::output_of<T>(detail::graph::partitioning(up)), 2);
      step.factory = detail::graph::factory_of([predicate = std::move(predicate)](detail::graph::OperatorParts& parts) {
        return detail::graph::make_operator<detail::BranchOperator<T, Predicate>>(parts, predicate);
      });
      detail::graph::Graph& graph = detail::graph::StreamAccess::graph(up);
      const detail::runtime::StepNumber index = graph.add(std::move(step));
      return std::pair{detail::graph::StreamAccess::make<T>(graph, index),
                       detail::graph::StreamAccess::make<T>(graph, {index, {1}})};
    }
  }
};

/// Emits each item on one of two streams: the first if `predicate` accepts it, else the second.
///
///     auto [paid, free] = orders | op::branch("paid", is_paid);
///
/// @param step_id    unique in the dataflow
/// @param predicate  `bool(const T&)`, for each item, in order
/// @see Bytewax 0.21, operator `branch`.
template <typename Predicate>
Branch<Predicate> branch(std::string step_id, Predicate predicate) {
  return {std::move(step_id), std::move(predicate)};
}

/// Makes one stream of several of the same item type. Each keeps its order; the order between them is undefined.
///
///     auto all = op::merge("all", left, right);
///
/// @param step_id  unique in the dataflow
/// @see Bytewax 0.21, operator `merge`.
template <typename T, std::same_as<Stream<T>>... More>
[[gnu::cold]] Stream<T> merge(std::string step_id, const Stream<T>& first, const More&... more) {
  detail::graph::StepSpec step{.id = std::move(step_id), .op = "merge"};
  step.read(detail::graph::merged_input(first));
  (step.read(detail::graph::merged_input(more)), ...);
  const void* const by = detail::graph::partitioning(first);
  const bool alike = ((detail::graph::partitioning(more) == by) && ...);
  step.emit(detail::graph::output_of<T>(alike ? by : nullptr));
  step.factory = detail::graph::factory_of(
      [](detail::graph::OperatorParts& parts) { return detail::graph::make_operator<detail::PassOperator<T>>(parts); });
  detail::graph::Graph& graph = detail::graph::StreamAccess::graph(first);
  return detail::graph::StreamAccess::make<T>(graph, graph.add(std::move(step)));
}

/// The result of `redistribute`.
struct [[nodiscard]] Redistribute {
  std::string step_id;  ///< as `redistribute` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | redistribute(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(serializable<T>,
                  "redistribute: items change worker, so they must be serializable: a plain aggregate, or a type with "
                  "cereal's serialize");
    if constexpr (serializable<T>) {
      return detail::graph::add_step<T>(std::move(step_id), "redistribute", up,
                                        detail::graph::exchanged_input<detail::exchange::RoundRobin>(up), nullptr,
                                        [](detail::graph::OperatorParts& parts) {
                                          return detail::graph::make_operator<detail::PassOperator<T>>(parts);
                                        });
    }
  }
};

/// Distributes the items evenly over all workers, so that costly stateless steps after it share the work. The order of
/// a key's items is not kept.
///
/// @param step_id  unique in the dataflow
/// @see Bytewax 0.21, operator `redistribute`.
inline Redistribute redistribute(std::string step_id) { return {std::move(step_id)}; }

/// The result of `broadcast`.
struct [[nodiscard]] Broadcast {
  std::string step_id;  ///< as `broadcast` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | broadcast(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(copyable<T> && serializable<T>,
                  "broadcast: each worker gets a copy of the item, so it must be copyable and serializable: a plain "
                  "aggregate, or a type with cereal's serialize");
    if constexpr (copyable<T> && serializable<T>) {
      return detail::graph::add_step<T>(std::move(step_id), "broadcast", up,
                                        detail::graph::exchanged_input<detail::exchange::ToAll>(up), nullptr,
                                        [](detail::graph::OperatorParts& parts) {
                                          return detail::graph::make_operator<detail::PassOperator<T>>(parts);
                                        });
    }
  }
};

/// Sends every worker a copy of each item, the items of one worker in order: for data that every worker needs.
///
/// With N workers the stream has N times as many items after it.
/// @param step_id  unique in the dataflow
/// @see Timely Dataflow, operator `broadcast`; Flink, `DataStream.broadcast`.
inline Broadcast broadcast(std::string step_id) { return {std::move(step_id)}; }

}  // namespace op
}  // namespace weir
