#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/errors.hpp"
#include "weir/operators/flat_map.hpp"
#include "weir/per_worker.hpp"

namespace weir {

namespace detail {

/// Collects items until there are enough, the worker is otherwise idle, or an epoch ends.
template <typename T>
class BatchOperator final : public runtime::Receiver<T>, public runtime::PlainOperator, public runtime::TimedStep {
 public:
  BatchOperator(graph::OperatorParts& parts, std::size_t max_items)
      : runtime::PlainOperator{parts.site}, max_items_{max_items}, out_{&graph::output<std::vector<T>>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    batch_.push_back(std::move(item));
    if (batch_.size() == max_items_) {
      emit();
    }
  }

  void idle() override {
    if (!batch_.empty() && gate().feedable()) {
      emit();
    }
  }

  Closing advance(const StepTime& /*now*/) override { return put_out(); }

  Closing close(const runtime::Mark& /*mark*/) override { return put_out(); }

 private:
  Closing put_out() {
    if (!batch_.empty()) {
      emit();
    }
    return Closing::kDone;
  }

  void emit() { out_->push(std::exchange(batch_, {})); }

  std::size_t max_items_;
  std::vector<T> batch_;
  runtime::Receiver<std::vector<T>>* out_;
};

}  // namespace detail

namespace op {

/// The result of `flat_map_batch`.
template <typename Mapper>
struct [[nodiscard]] FlatMapBatch {
  std::string step_id;    ///< as `flat_map_batch` takes it
  Mapper mapper;          ///< as `flat_map_batch` takes it
  std::size_t max_items;  ///< as `flat_map_batch` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | flat_map_batch(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<Mapper>&, std::vector<T>>,
                  "flat_map_batch: mapper must be callable with a std::vector of the stream's items");
    if constexpr (std::invocable<detail::Logic<Mapper>&, std::vector<T>>) {
      detail::graph::StepSpec step{.id = step_id + ".batch", .op = "batch", .holds_items = true};
      step.read(detail::graph::direct_input(up));
      step.emit(detail::graph::output_of<std::vector<T>>());
      step.factory = detail::graph::factory_of([most = max_items](detail::graph::OperatorParts& parts) {
        return detail::graph::make_operator<detail::BatchOperator<T>>(parts, most);
      });
      detail::graph::Graph& graph = detail::graph::StreamAccess::graph(up);
      const auto batches = detail::graph::StreamAccess::make<std::vector<T>>(graph, graph.add(std::move(step)));
      return FlatMap<Mapper>{std::move(step_id), std::move(mapper)}.apply(batches);
    }
  }
};

/// Maps many items at once to any number of new ones: for calls that cost as much for one item as for many.
///
///     texts | op::flat_map_batch("classify", [](std::vector<std::string> texts) { return model.classify(texts); })
///
/// A batch has `max_items`, or fewer when the worker is otherwise idle or an epoch ends, so that no item waits for
/// others. The output must not depend on where batches are cut.
/// @param step_id    unique in the dataflow
/// @param mapper     `Range(std::vector<T>)`; the range's elements are the new items, in order
/// @param max_items  at least 1
/// @throws BuildError  from this call, if `max_items` is 0
/// @see Bytewax 0.21, operator `flat_map_batch`.
template <typename Mapper>
FlatMapBatch<Mapper> flat_map_batch(std::string step_id, Mapper mapper, std::size_t max_items = 512) {
  if (max_items == 0) {
    throw BuildError{"step \"" + step_id + "\": a batch of no items cannot be made; max_items must be at least 1"};
  }
  return {std::move(step_id), std::move(mapper), max_items};
}

}  // namespace op
}  // namespace weir
