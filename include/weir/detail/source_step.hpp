#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/build.hpp"
#include "weir/detail/source_operator.hpp"
#include "weir/source.hpp"

namespace weir::detail {

/// The code of an input step on one worker: asks the partitions that were dealt to it in turn.
template <typename T>
class SourceStep final : public SourceOperator {
 public:
  explicit SourceStep(OperatorParts& parts) : SourceOperator{parts.site}, out_{&output<T>(parts)} {}

  void add(std::string name, std::unique_ptr<SourcePartition<T>> partition) {
    partitions_.push_back({std::move(name), std::move(partition), Steady::min()});
  }

  bool emit(Steady now) override {
    for (std::size_t tried = 0; tried < partitions_.size(); ++tried) {
      next_ = next_ + 1 < partitions_.size() ? next_ + 1 : 0;
      Dealt& dealt = partitions_[next_];
      if (dealt.due <= now && dealt.partition != nullptr) {
        return poll_partition(dealt, now);
      }
    }
    return false;
  }

  void make_due() override {
    for (Dealt& dealt : partitions_) {
      dealt.due = Steady::min();
    }
  }

  [[nodiscard]] Steady due() const override {
    Steady due = Steady::max();
    for (const Dealt& dealt : partitions_) {
      due = dealt.partition != nullptr ? std::min(due, dealt.due) : due;
    }
    return due;
  }

  [[nodiscard]] bool exhausted() const override {
    return std::ranges::all_of(partitions_, [](const Dealt& dealt) { return dealt.partition == nullptr; });
  }

 private:
  struct Dealt {
    std::string name;
    std::unique_ptr<SourcePartition<T>> partition;  // null once it is at its end
    Steady due;
  };

  bool poll_partition(Dealt& dealt, Steady now) {
    Emit<T> emit{*out_, gate()};
    const Poll answer = call_partition(dealt, emit);
    count_items(emit.emitted());
    switch (answer.kind()) {
      case Poll::Kind::kMore:
        dealt.due = now;
        break;
      case Poll::Kind::kIdle:
        dealt.due = answer.pause() < Steady::max() - now ? now + answer.pause() : Steady::max();
        break;
      case Poll::Kind::kEnd:
        dealt.partition.reset();
        break;
    }
    return answer.kind() != Poll::Kind::kIdle || emit.emitted() > 0;
  }

  Poll call_partition(Dealt& dealt, Emit<T>& emit) {
    try {
      return dealt.partition->poll(emit);
    } catch (...) {
      throw_step_error(site(), "source partition \"" + dealt.name + "\"");
    }
  }

  Receiver<T>* out_;
  std::vector<Dealt> partitions_;
  std::size_t next_ = 0;
};

/// Opens this worker's partitions of a source.
template <typename S>
std::unique_ptr<Operator> make_source_step(const S& source, OperatorParts& parts) {
  auto step = std::make_unique<SourceStep<typename S::Item>>(parts);
  const OpenContext context{parts.site.worker, Waker{parts.waker}, parts.io};
  if constexpr (PartitionedSource<S>) {
    const std::vector<std::string> names = source.partitions();
    for (std::size_t i = context.worker.index; i < names.size(); i += context.worker.count) {
      step->add(names[i], source.open(names[i], std::nullopt, context));
    }
  } else {
    step->add("worker " + std::to_string(context.worker.index), source.open(std::nullopt, context));
  }
  return step;
}

}  // namespace weir::detail
