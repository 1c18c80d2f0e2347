#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/graph/build.hpp"
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

  void push_all(std::span<T> items) override {
    count_items(items.size());
    runtime::call(site(), "sink", [&] { partition_->write_all(items); });
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
    // Without transactions the output of an epoch must be out before its input counts as done.
    runtime::call(site(), "sink", [&] { partition_->flush(); });
    if (mark.last() || snapshots_) {
      if (!drained()) {
        return Closing::kWait;
      }
      ask_whether_ready();  // which throws where one of these writes failed
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
    ask_whether_ready();  // which throws where the epoch failed; its token is not kept then
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

  // Also asked where nothing is fed: a write that failed shows here.
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
  bool undecided_ = false;  // whether the last epoch that gave a token is
};

/// Formats items on the worker that made them, on their way to a sink that is one stream of text.
template <typename T, typename S>
class FormatStep final : public runtime::Receiver<T>, public runtime::Operator {
 public:
  FormatStep(graph::OperatorParts& parts, const S& sink)
      : runtime::Operator{parts.site}, sink_{sink}, out_{&graph::output<std::string>(parts)} {
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

/// How a sink's partition is opened.
template <typename T>
struct SinkOpeners {
  std::function<std::unique_ptr<SinkPartition<T>>(const OpenContext&)> open;
  /// Empty if the sink does not take part in epochs.
  std::function<std::unique_ptr<TransactionalPartition<T>>(const OpenContext&, const SinkResume&)> resume;
  std::function<std::vector<Resource>()> resources;
};

template <typename T, typename S>
SinkOpeners<T> openers_of(const S& sink) {
  SinkOpeners<T> openers;
  openers.resources = [sink] { return resources_of(sink); };
  if constexpr (PerWorkerSink<S, T>) {
    openers.open = [sink](const OpenContext& context) { return sink.template open<T>(context); };
  } else {
    openers.open = [sink](const OpenContext& context) { return sink.open(context); };
  }
  if constexpr (TransactionalSink<S, T>) {
    if (sink.transactional()) {
      if constexpr (PerWorkerSink<S, T>) {
        openers.resume = [sink](const OpenContext& context, const SinkResume& resume) {
          return sink.template resume<T>(context, resume);
        };
      } else {
        openers.resume = [sink](const OpenContext& context, const SinkResume& resume) {
          return sink.resume(context, resume);
        };
      }
    }
  }
  return openers;
}

/// Makes the step of a sink on every worker.
template <typename T>
class SinkFactory final : public graph::OperatorFactory {
 public:
  SinkFactory(SinkOpeners<T> openers, bool one_partition)
      : openers_{std::move(openers)}, one_partition_{one_partition} {}

  [[nodiscard]] std::unique_ptr<runtime::Operator> make(graph::OperatorParts& parts) const override {
    const OpenContext context{parts.site.worker, Waker{parts.waker}, parts.io};
    if (one_partition_ && parts.site.worker.index.value != 0) {
      return graph::make_operator<SinkStep<T>>(parts, std::unique_ptr<SinkPartition<T>>{});
    }
    if (parts.resume != nullptr && openers_.resume) {
      const auto token =
          snapshot::ResumePoint::find(parts.resume->tokens, parts.site.step_id, snapshot::kOnlyPartition);
      std::unique_ptr<TransactionalPartition<T>> partition =
          runtime::call_to_prepare(parts.site.step_id, "the sink's resume",
                                   [&] { return openers_.resume(context, {parts.resume->execution, token}); });
      if (partition == nullptr) {
        runtime::throw_no_partition(parts.site, "sink", "resume");
      }
      return graph::make_operator<SinkStep<T>>(parts, std::move(partition));
    }
    std::unique_ptr<SinkPartition<T>> partition =
        runtime::call_to_prepare(parts.site.step_id, "the sink's open", [&] { return openers_.open(context); });
    if (partition == nullptr) {
      runtime::throw_no_partition(parts.site, "sink", "open");
    }
    return graph::make_operator<SinkStep<T>>(parts, std::move(partition));
  }

  [[nodiscard]] std::vector<Resource> resources() const override { return openers_.resources(); }

 private:
  SinkOpeners<T> openers_;
  bool one_partition_;
};

template <typename T>
void add_sink_step(std::string id, const Stream<T>& up, graph::InputSpec input, bool one_partition,
                   SinkOpeners<T> openers) {
  const graph::Kept kept = openers.resume ? graph::Kept::kTokens : graph::Kept::kNothing;
  graph::StreamAccess::graph(up).add_sink(
      std::move(id), std::move(input), kept,
      runtime::make_as<graph::OperatorFactory, SinkFactory<T>>(std::move(openers), one_partition));
}

/// A sink that is one stream of text: the first worker has it, and all lines go there. In the compiled core, so that
/// programs do not compile it again for every text sink.
void add_line_sink(std::string id, const Stream<std::string>& lines, SinkOpeners<std::string> openers);

}  // namespace weir::detail::io
