#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/run_access.hpp"
#include "unit/operators/only_worker.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {

/// The code of one step on the only worker, called by the test, which says what time it is.
template <typename T, typename U>
class OneStep {
  OnlyWorker worker_;

 public:
  /// @param step  from a `Stream<T>` to a `Stream<U>`
  template <typename Step>
  explicit OneStep(Step step) {
    Dataflow flow{"one_step"};
    static_cast<void>(flow.input("in", testing::Scripted<T>{{}}) | std::move(step));
    const detail::graph::StepSpec& spec = RunAccess::graph(flow).steps().back();
    detail::graph::OperatorParts parts = worker_.parts(spec.id);
    parts.outputs = {&output_};
    parts.consumed = {true};
    parts.inputs = {nullptr};
    parts.options = spec.options;
    code_ = spec.factory->make(parts);
    code = code_.op.get();
    timed = code_.timed;
    in_ = static_cast<detail::runtime::Receiver<T>*>(parts.inputs.front());
  }

  void push(T item) { in_->push(std::move(item)); }
  void push_all(std::vector<T> items) { in_->push_all({items.data(), items.size()}); }

  /// What has come out since it was taken last.
  std::vector<U> take() { return std::exchange(output_.items, {}); }

  /// How many items came out at once since these were taken last, of those that came in batches.
  std::vector<std::size_t> take_batches() { return std::exchange(output_.batches, {}); }

  detail::runtime::StageState& stage = worker_.stage;
  detail::runtime::Operator* code = nullptr;
  detail::runtime::TimedStep* timed = nullptr;  ///< the same, if it goes by time

 private:
  struct Output final : detail::runtime::Receiver<U> {
    void push(U&& item) override { items.push_back(std::move(item)); }
    void push_all(detail::containers::Items<U> batch) override {
      batches.push_back(batch.size());
      std::ranges::move(batch, std::back_inserter(items));
    }
    std::vector<U> items;
    std::vector<std::size_t> batches;
  };

  detail::runtime::StepCode code_;
  Output output_;
  detail::runtime::Receiver<T>* in_ = nullptr;
};

}  // namespace weir
