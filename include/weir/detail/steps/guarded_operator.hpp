#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "weir/detail/containers/fifo.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/noted_errors.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/errors.hpp"
#include "weir/failed.hpp"

namespace weir::detail::steps {

/// Stands for an item at which a step threw, if only the number of such items matters.
struct Skipped {};

/// Drops failing items.
template <typename T>
class SkipFailures {
 public:
  using Output = Skipped;

  explicit SkipFailures(runtime::Receiver<Skipped>& to) : to_{&to} {}

  void keep(const T& /*item*/) const {}
  void put_out(const std::string& /*error*/) { to_->push({}); }

 private:
  runtime::Receiver<Skipped>* to_;
};

/// Emits failing items; copies each item before the step gets it.
template <typename T>
class CatchFailures {
 public:
  using Output = Failed<T>;

  explicit CatchFailures(runtime::Receiver<Output>& to) : to_{&to} {}

  void keep(const T& item) { item_.emplace(item); }
  void put_out(std::string error) { to_->push({std::move(*item_), std::move(error)}); }

 private:
  runtime::Receiver<Output>* to_;
  std::optional<T> item_;
};

/// The code of a step with an error policy: wraps the step's own code, and emits the items at which that throws by an
/// output after the step's own outputs.
///
/// The step has one item at a time: while it is interrupted during one, others wait here. So an exception when it
/// resumes is known to be of that item.
template <typename T, typename Failures>
class GuardedOperator final : public runtime::Receiver<T>, public runtime::Operator {
 public:
  /// Wraps the code that the factory makes.
  static runtime::StepCode make(graph::OperatorParts& parts, const graph::OperatorFactory& guarded) {
    auto* const guard = new GuardedOperator(parts, guarded);
    // The calls of a timed step have no item that they could fail for.
    runtime::StepCode code{guard};
    code.timed = guard->guarded_.timed;
    code.clock = guard->guarded_.clock;
    code.errors = &guard->errors_;
    return code;
  }

  void push(T&& item) override {
    count_item();
    if (guarded_.op->interrupted()) [[unlikely]] {
      waiting_.put(std::move(item));
      return;
    }
    feed(std::move(item));
  }

  void resume() override {
    guard([this] { guarded_.op->resume(); });
    while (!waiting_.empty() && !guarded_.op->interrupted()) {
      feed(waiting_.take());
    }
  }

  // These have no item that they could fail for.
  Closing close(const runtime::Mark& mark) override { return guarded_.op->close(mark); }
  void snapshot(snapshot::EpochPart& part) override { guarded_.op->snapshot(part); }
  void restore(const snapshot::StateRecord& record) override { guarded_.op->restore(record); }
  void idle() override { guarded_.op->idle(); }
  void poll() override { guarded_.op->poll(); }
  [[nodiscard, gnu::cold]] runtime::StepCounts counts() override { return guarded_.op->counts(); }
  [[nodiscard, gnu::cold]] std::size_t keys_open() override { return guarded_.op->keys_open(); }

 private:
  GuardedOperator(graph::OperatorParts& parts, const graph::OperatorFactory& guarded)
      : runtime::Operator{parts.site},
        failures_{graph::output<typename Failures::Output>(parts, parts.outputs.size() - 1)} {
    parts.outputs.pop_back();
    parts.consumed.pop_back();
    guarded_ = guarded.make(parts);
    in_ = static_cast<runtime::Receiver<T>*>(parts.inputs.front());
    parts.inputs.front() = this;
  }

  void feed(T&& item) {
    runtime::call(site(), "copying the item", [&] { failures_.keep(item); });
    guard([&] { in_->push(std::move(item)); });
  }

  template <typename Work>
  void guard(Work work) {
    std::string error;
    try {
      work();
      set_interrupted(guarded_.op->interrupted());
      return;
    } catch (const StepError&) {
      set_interrupted(guarded_.op->interrupted());
      error = runtime::error_of_item(site());
    }
    note_work();
    errors_.note(site().stage->wall, {}, error);
    failures_.put_out(std::move(error));
  }

  Failures failures_;
  runtime::NotedErrors errors_;
  runtime::StepCode guarded_;
  runtime::Receiver<T>* in_ = nullptr;
  containers::Fifo<T> waiting_;
};

/// A step to be wrapped, as its wrapper knows it.
struct GuardedStep {
  const char* by;               ///< the name of the step that wraps it
  graph::Port reads;            ///< the stream that it reads
  runtime::StepNumber first;    ///< its number, or that of the first of its steps
  bool logic_in_first = false;  ///< if there are more, only the first has logic of the user
  bool copy_before = false;

  /// @return  the step to wrap
  /// @throws BuildError  if there is no such step, or if it keeps a state that is not, or cannot be, copied first
  [[nodiscard]] runtime::StepNumber find(const graph::Graph& graph) const;
};

/// Wraps a step that was just added, and adds an output to it.
template <typename T, typename Failures>
[[gnu::cold]] Stream<typename Failures::Output> guard_step(graph::Graph& graph, const GuardedStep& guarded) {
  using Output = typename Failures::Output;
  const auto guard = [](std::unique_ptr<graph::OperatorFactory> own) {
    return graph::factory_of([own = std::move(own)](graph::OperatorParts& parts) {
      return GuardedOperator<T, Failures>::make(parts, *own);
    });
  };
  return graph::StreamAccess::make<Output>(
      graph, graph.wrap(guarded.find(graph), guarded.copy_before, graph::output_of<Output>(), guard));
}

/// Adds the step that counts the items that were skipped: `<id of the guarded step>.skipped`.
void count_skipped(const Stream<Skipped>& skipped);

}  // namespace weir::detail::steps
