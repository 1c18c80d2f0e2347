#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/io/open_context.hpp"
#include "weir/detail/runtime/sink_operator.hpp"
#include "weir/sink.hpp"

namespace weir::detail::io {

/// The code of an output step on one worker. A worker that does not own the sink's partition has none.
template <typename T>
class SinkStep final : public runtime::Receiver<T>, public runtime::SinkOperator {
 public:
  SinkStep(graph::OperatorParts& parts, std::unique_ptr<SinkPartition<T>> partition)
      : runtime::SinkOperator{parts.site}, partition_{std::move(partition)}, snapshots_{parts.resume != nullptr} {
    parts.inputs.front() = this;
  }

  SinkStep(graph::OperatorParts& parts, std::unique_ptr<TransactionalPartition<T>> partition)
      : runtime::SinkOperator{parts.site},
        transactional_{partition.get()},
        partition_{std::move(partition)},
        snapshots_{true} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    runtime::call(site(), "sink", [&] { partition_->write(std::move(item)); });
    look_whether_ready();
  }

  void push_all(containers::Items<T> items) override {
    count_items(items.size());
    runtime::call(site(), "sink", [&] { partition_->write_all(items.span()); });
    look_whether_ready();
  }

  void poll() override {
    if (busy_) {
      ask_whether_ready();
    }
  }

  Closing close(const runtime::Mark& mark) override {
    if (partition_ == nullptr) {
      return Closing::kDone;
    }
    if (transactional_ != nullptr) {
      runtime::call(site(), "sink", [&] { transactional_->prepare(mark.epoch); });
      return Closing::kDone;
    }
    // Without transactions the output of an epoch must be written before its input counts as done.
    runtime::call(site(), "sink", [&] { partition_->flush(); });
    if (mark.last() || snapshots_) {
      if (!drained()) {
        return Closing::kWait;
      }
      ask_whether_ready();  // throws if one of these writes failed
    }
    return Closing::kDone;
  }

  void idle() override {
    if (partition_ != nullptr) {
      runtime::call(site(), "sink", [&] { partition_->flush(); });
      ask_whether_ready();
    }
  }

  bool prepared(snapshot::EpochPart& part) override {
    if (transactional_ == nullptr) {
      return true;
    }
    if (undecided_ || !settled()) {
      return false;
    }
    std::optional<std::string> token = runtime::call(site(), "sink", [&] { return transactional_->prepared(); });
    ask_whether_ready();  // throws if the epoch failed; its token is not kept then
    if (!token) {
      return false;
    }
    undecided_ = true;
    part.tokens.push_back({site().step, snapshot::kOnlyPartition, std::move(*token)});
    return true;
  }

  void commit() override {
    if (transactional_ != nullptr) {
      runtime::call(site(), "sink", [&] { transactional_->commit(); });
      undecided_ = false;
    }
  }

  bool settled() override {
    if (transactional_ == nullptr) {
      return true;
    }
    if (!runtime::call(site(), "sink", [&] { return transactional_->committed(); })) {
      return false;
    }
    ask_whether_ready();
    return true;
  }

 private:
  void look_whether_ready() {
    if (!busy_) {
      ask_whether_ready();
    }
  }

  // Also called when nothing is fed: a failed write shows here.
  void ask_whether_ready() {
    const bool busy = !runtime::call(site(), "sink", [&] { return partition_->ready(); });
    if (busy != busy_) {
      busy_ = busy;
      busy ? gate().close() : gate().reopen();
    }
  }

  bool drained() {
    return runtime::call(site(), "sink", [&] { return partition_->drained(); });
  }

  TransactionalPartition<T>* transactional_ = nullptr;  // the partition, if it is one
  std::unique_ptr<SinkPartition<T>> partition_;
  bool snapshots_;  // whether the run keeps any
  bool busy_ = false;
  bool undecided_ = false;  // whether the last epoch with a token is undecided
};

/// Formats items on the worker that made them, for a sink that is one stream of text.
template <typename T, typename S>
class FormatStep final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  FormatStep(graph::OperatorParts& parts, const S& sink)
      : runtime::PlainOperator{parts.site}, sink_{sink}, out_{&graph::output<std::string>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    std::string line;
    runtime::call(site(), "format", [&] { sink_.format(std::as_const(item), line); });
    out_->push(std::move(line));
  }

 private:
  S sink_;
  runtime::Receiver<std::string>* out_;
};

/// What is said of a sink whose transactions are its own.
[[nodiscard]] graph::InApplication no_part_of_transactions();

/// Makes the step of a sink on every worker. It does not know the sink's type.
template <typename T>
class SinkFactory : public graph::OperatorFactory {
 public:
  /// @param one_partition  whether only the first worker has a partition
  explicit SinkFactory(bool one_partition) : one_partition_{one_partition} {}

  /// Whether the sink takes part in epochs.
  [[nodiscard]] virtual bool transactional() const = 0;

  /// Whether the sink can take part in an application.
  [[nodiscard]] virtual graph::InApplication in_application() const = 0;

  [[nodiscard, gnu::cold]] runtime::StepCode make(graph::OperatorParts& parts) const override {
    const OpenContext context = open_context(parts);
    if (one_partition_ && parts.site.worker.index.value != 0) {
      return graph::make_operator<SinkStep<T>>(parts, std::unique_ptr<SinkPartition<T>>{});
    }
    if (parts.resume != nullptr && transactional()) {
      const auto token =
          snapshot::ResumePoint::find(parts.resume->tokens, parts.site.step_id, snapshot::kOnlyPartition);
      const SinkResume from{parts.resume->execution, token, parts.resume->store, parts.resume->folder,
                            parts.resume->in_application};
      std::unique_ptr<TransactionalPartition<T>> partition =
          runtime::call_to_prepare(parts.site.step_id, "the sink's resume", [&] { return resume(context, from); });
      if (partition == nullptr) {
        runtime::throw_no_partition(parts.site, "sink", "resume");
      }
      return graph::make_operator<SinkStep<T>>(parts, std::move(partition));
    }
    std::unique_ptr<SinkPartition<T>> partition =
        runtime::call_to_prepare(parts.site.step_id, "the sink's open", [&] { return open(context); });
    if (partition == nullptr) {
      runtime::throw_no_partition(parts.site, "sink", "open");
    }
    return graph::make_operator<SinkStep<T>>(parts, std::move(partition));
  }

 private:
  virtual std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const = 0;
  /// Not called if it does not take part in epochs.
  virtual std::unique_ptr<TransactionalPartition<T>> resume(const OpenContext& context,
                                                            const SinkResume& resume) const = 0;

  bool one_partition_;
};

/// The same for a sink of type `S`.
template <typename T, typename S>
class SinkFactoryOf final : public SinkFactory<T> {
 public:
  SinkFactoryOf(S sink, bool one_partition) : SinkFactory<T>{one_partition}, sink_{std::move(sink)} {}

  [[nodiscard]] bool transactional() const override {
    if constexpr (TransactionalSink<S, T>) {
      return sink_.transactional();
    } else {
      return false;
    }
  }

  [[nodiscard, gnu::cold]] std::vector<Resource> resources() const override { return resources_of(sink_); }

  [[nodiscard, gnu::cold]] graph::InApplication in_application() const override {
    if constexpr (requires { sink_.in_application(); }) {
      return sink_.in_application();
    } else if (transactional()) {
      return no_part_of_transactions();
    } else {
      return {};
    }
  }

 private:
  std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const override {
    if constexpr (PerWorkerSink<S, T>) {
      return sink_.template open<T>(context);
    } else {
      return sink_.open(context);
    }
  }

  std::unique_ptr<TransactionalPartition<T>> resume([[maybe_unused]] const OpenContext& context,
                                                    [[maybe_unused]] const SinkResume& resume) const override {
    if constexpr (!TransactionalSink<S, T>) {
      return nullptr;
    } else if constexpr (PerWorkerSink<S, T>) {
      return sink_.template resume<T>(context, resume);
    } else {
      return sink_.resume(context, resume);
    }
  }

  S sink_;
};

// Many sinks take text.
extern template class SinkStep<std::string>;
extern template class SinkFactory<std::string>;

/// Adds the step of a sink.
/// @param one_partition  whether only the first worker has a partition
template <typename T, typename S>
void add_sink_step(std::string id, const Stream<T>& up, graph::InputSpec input, bool one_partition, S sink) {
  auto factory = runtime::make_as<SinkFactory<T>, SinkFactoryOf<T, S>>(std::move(sink), one_partition);
  const graph::SinkSpec spec{.transactional = factory->transactional(), .in_application = factory->in_application()};
  graph::StreamAccess::graph(up).add_sink(std::move(id), std::move(input), spec, std::move(factory));
}

/// Adds the steps of a sink that is one stream of text: one that formats items on the worker that made them, and one
/// that takes the lines on the first worker. In the compiled core, so that programs do not compile it again.
void add_text_sink(graph::Graph& graph, const std::string& id, graph::InputSpec input,
                   std::unique_ptr<graph::OperatorFactory> format, std::unique_ptr<SinkFactory<std::string>> sink);

}  // namespace weir::detail::io
