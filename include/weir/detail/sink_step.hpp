#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "weir/detail/build.hpp"
#include "weir/sink.hpp"

namespace weir::detail {

/// The code of an output step on one worker. A worker that does not own the sink's partition has none.
template <typename T>
class SinkStep final : public Receiver<T>, public Operator {
 public:
  SinkStep(OperatorParts& parts, std::unique_ptr<SinkPartition<T>> partition)
      : Operator{parts.site}, partition_{std::move(partition)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    call(site(), "sink", [&] { partition_->write(std::move(item)); });
    if (!busy_ && !ready()) {
      busy_ = true;
      gate().close();
    }
  }

  void poll() override {
    if (busy_ && ready()) {
      busy_ = false;
      gate().reopen();
    }
  }

  Closing close(const Mark& mark) override {
    if (partition_ == nullptr) {
      return Closing::kDone;
    }
    call(site(), "sink", [&] { partition_->flush(); });
    const bool done = !mark.last() || call(site(), "sink", [&] { return partition_->drained(); });
    return done ? Closing::kDone : Closing::kWait;
  }

  void idle() override {
    if (partition_ != nullptr) {
      call(site(), "sink", [&] { partition_->flush(); });
    }
  }

 private:
  bool ready() {
    return call(site(), "sink", [&] { return partition_->ready(); });
  }

  std::unique_ptr<SinkPartition<T>> partition_;
  bool busy_ = false;
};

/// Formats items on the worker that made them, on their way to a sink that is one stream of text.
template <typename T, typename S>
class FormatStep final : public Receiver<T>, public Operator {
 public:
  FormatStep(OperatorParts& parts, const S& sink)
      : Operator{parts.site}, sink_{sink}, out_{&output<std::string>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    std::string line;
    call(site(), "format", [&] { sink_.format(std::as_const(item), line); });
    out_->push(std::move(line));
  }

 private:
  S sink_;
  Receiver<std::string>* out_;
};

template <typename T, typename Make>
void add_sink_step(std::string id, const Stream<T>& up, InputSpec input, Make make) {
  StreamAccess::graph(up).add_sink(std::move(id), std::move(input), factory_of(std::move(make)));
}

/// A sink that is one stream of text: the first worker has it, and all lines go there. In the compiled core, so that
/// programs do not compile it again for every text sink.
void add_line_sink(std::string id, const Stream<std::string>& lines,
                   std::function<std::unique_ptr<SinkPartition<std::string>>(const OpenContext&)> open);

}  // namespace weir::detail
