#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/bad_record.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/source.hpp"

namespace weir::detail::io {

/// Which output of an input's step has its bad records, where it is asked for them.
inline constexpr std::size_t kBadRecordOutput = 1;

/// The code of an input step on one worker: asks the partitions that were dealt to it in turn.
template <typename T>
class SourceStep final : public runtime::SourceOperator, private BadRecordTaker {
 public:
  explicit SourceStep(graph::OperatorParts& parts)
      : runtime::SourceOperator{parts.site},
        out_{&graph::output<T>(parts)},
        bad_out_{parts.outputs.size() > kBadRecordOutput ? &graph::output<BadRecord>(parts, kBadRecordOutput)
                                                         : nullptr} {}

  void add(std::string name, std::unique_ptr<SourcePartition<T>> partition) {
    Dealt& dealt = partitions_.emplace_back();
    dealt.name = std::move(name);
    dealt.partition = std::move(partition);
    dealt.moved = call_partition(dealt, [&] { return dealt.partition->begins_with_position(); });
    dealt.ends = call_partition(dealt, [&] { return dealt.partition->ends(); });
  }

  // Called when all partitions are there, and when one has come to its end.
  void give_turns() {
    for (Dealt& dealt : partitions_) {
      if (dealt.turn == Turn::kWaits && (ending_ < kEndingAtOnce || !dealt.ends)) {
        dealt.turn = Turn::kOn;
        ending_ += dealt.ends ? 1 : 0;
      }
    }
  }

  bool emit(runtime::Steady now) override {
    for (std::size_t tried = 0; tried < partitions_.size(); ++tried) {
      next_ = next_ + 1 < partitions_.size() ? next_ + 1 : 0;
      Dealt& dealt = partitions_[next_];
      if (dealt.turn == Turn::kOn && dealt.due <= now) {
        return poll_partition(dealt, now);
      }
    }
    return false;
  }

  void make_due() override {
    for (Dealt& dealt : partitions_) {
      dealt.due = runtime::Steady::min();
    }
  }

  [[nodiscard]] runtime::Steady due() const override {
    runtime::Steady due = runtime::Steady::max();
    for (const Dealt& dealt : partitions_) {
      due = dealt.turn == Turn::kOn ? std::min(due, dealt.due) : due;
    }
    return due;
  }

  [[nodiscard]] bool exhausted() const override {
    return std::ranges::all_of(partitions_, [](const Dealt& dealt) { return dealt.partition == nullptr; });
  }

  [[nodiscard]] std::size_t partition_count() const override { return partitions_.size(); }

  [[nodiscard]] runtime::PartitionStatus partition_status(std::size_t index) const override {
    const Dealt& dealt = partitions_[index];
    return {dealt.name, dealt.partition == nullptr, dealt.silent_since};
  }

  void snapshot(snapshot::EpochPart& part) override {
    for (Dealt& dealt : partitions_) {
      if (dealt.moved) {
        dealt.moved = false;
        part.positions.push_back({site().step, dealt.name, position_of(dealt)});
      }
    }
    part.items_read += items() - items_before_;
    items_before_ = items();
  }

  [[nodiscard]] bool bounded() const override {
    return std::ranges::all_of(partitions_, [this](const Dealt& dealt) {
      return call_partition(dealt, [&] { return dealt.partition->bounded(); });
    });
  }

  [[nodiscard]] std::vector<std::string> unreplayable() const override {
    std::vector<std::string> names;
    for (const Dealt& dealt : partitions_) {
      if (!call_partition(dealt, [&] { return dealt.partition->replayable(); })) {
        names.push_back(dealt.name);
      }
    }
    return names;
  }

  [[nodiscard]] bool takes_by_itself() const override {
    return std::ranges::any_of(partitions_, [this](const Dealt& dealt) {
      return call_partition(dealt, [&] { return dealt.partition->takes_by_itself(); });
    });
  }

  [[nodiscard]] const std::vector<std::string>& left_over() const override { return left_over_; }
  [[nodiscard]] const std::vector<std::string>& unclaimed() const override { return unclaimed_; }
  void set_unclaimed(std::vector<std::string> names) { unclaimed_ = std::move(names); }

  [[nodiscard]] std::map<std::string, std::uint64_t> counters() const override {
    return left_over_.empty() ? std::map<std::string, std::uint64_t>{}
                              : std::map<std::string, std::uint64_t>{{"left_over", left_over_.size()}};
  }

  bool stop() override {
    if (!stopped_) {
      stopped_ = true;
      for (Dealt& dealt : partitions_) {
        const bool holds = dealt.turn == Turn::kOn && call_partition(dealt, [&] { return dealt.partition->stop(); });
        dealt.turn = holds ? Turn::kOn : Turn::kOver;
        dealt.due = runtime::Steady::min();
      }
    }
    return std::ranges::none_of(partitions_, [](const Dealt& dealt) { return dealt.turn == Turn::kOn; });
  }

 private:
  static constexpr std::size_t kEndingAtOnce = 8;

  enum class Turn : std::uint8_t { kWaits, kOn, kOver };

  struct Dealt {
    std::string name;
    std::unique_ptr<SourcePartition<T>> partition;  // null once it is at its end
    runtime::Steady due = runtime::Steady::min();
    runtime::Steady silent_since = runtime::Steady::max();  // has had nothing to give
    Turn turn = Turn::kWaits;
    bool ends = false;     // by itself
    bool moved = false;    // since the last snapshot
    std::string position;  // where it ended
  };

  void take(BadRecord&& bad) override {
    bad.input = site().step_id;
    bad_out_->push(std::move(bad));
  }

  bool poll_partition(Dealt& dealt, runtime::Steady now) {
    note_work();
    site().stage->partition = next_;
    Emit<T> emit{*out_, gate(), *site().activity, bad_out_ != nullptr ? this : nullptr};
    const Poll answer = call_partition(dealt, [&] { return dealt.partition->poll(emit); });
    emit.flush();
    count_items(emit.emitted());
    if (answer.kind() == Poll::Kind::kMore) {
      dealt.silent_since = runtime::Steady::max();
    } else if (dealt.silent_since == runtime::Steady::max() || emit.emitted() > 0) {
      dealt.silent_since = now;
    }
    dealt.moved = dealt.moved || emit.emitted() > 0 || answer.kind() == Poll::Kind::kEnd;
    switch (answer.kind()) {
      case Poll::Kind::kMore:
        dealt.due = now;
        break;
      case Poll::Kind::kIdle:
        dealt.due = answer.pause() < runtime::Steady::max() - now ? now + answer.pause() : runtime::Steady::max();
        break;
      case Poll::Kind::kEnd:
        end(dealt);
        break;
    }
    return answer.kind() != Poll::Kind::kIdle || emit.emitted() > 0;
  }

  // A stopped partition is kept: its position is where the next run goes on.
  void end(Dealt& dealt) {
    dealt.turn = Turn::kOver;
    if (std::string left_over = call_partition(dealt, [&] { return dealt.partition->left_over(); });
        !left_over.empty()) {
      left_over_.push_back(std::move(left_over));
    }
    if (!stopped_) {
      ending_ -= dealt.ends ? 1 : 0;
      dealt.position = position_of(dealt);
      dealt.partition.reset();
      give_turns();
    }
  }

  std::string position_of(const Dealt& dealt) {
    return dealt.partition == nullptr ? dealt.position
                                      : call_partition(dealt, [&] { return dealt.partition->position(); });
  }

  template <typename Call>
  auto call_partition(const Dealt& dealt, Call call) const {
    try {
      return call();
    } catch (...) {
      runtime::throw_step_error(site(), "source partition \"" + dealt.name + "\"");
    }
  }

  runtime::Receiver<T>* out_;
  runtime::Receiver<BadRecord>* bad_out_;  // null: they stop the run
  std::vector<Dealt> partitions_;
  std::size_t next_ = 0;
  std::size_t ending_ = 0;          // partitions whose turn it is and that come to their end
  std::uint64_t items_before_ = 0;  // of the epochs before this one
  bool stopped_ = false;
  std::vector<std::string> left_over_;  // at the ends of partitions
  std::vector<std::string> unclaimed_;
};

/// The kept positions of a source, by the names of its partitions.
using SourcePositions = std::map<std::string, std::string>;

/// Those of this step.
[[nodiscard]] SourcePositions positions_of(const graph::OperatorParts& parts);

/// The names among them that no partition has.
[[nodiscard]] std::vector<std::string> unclaimed_of(const SourcePositions& positions,
                                                    const std::vector<std::string>& partitions);

/// Opens one partition.
template <typename T>
using OpenPartition = std::function<std::unique_ptr<SourcePartition<T>>(const std::string& name)>;

/// The step that reads the partitions of these names. Not inline, since all sources of one item type share it.
/// @param unclaimed  kept names that belong to none
template <typename T>
[[gnu::noinline]] std::unique_ptr<runtime::Operator> read_partitions(graph::OperatorParts& parts,
                                                                     std::vector<std::string> names,
                                                                     const OpenPartition<T>& open,
                                                                     std::vector<std::string> unclaimed) {
  std::unique_ptr<runtime::Operator> made = graph::make_operator<SourceStep<T>>(parts);
  auto* const step = static_cast<SourceStep<T>*>(made.get());
  for (std::string& name : names) {
    std::unique_ptr<SourcePartition<T>> partition = runtime::call_to_prepare(
        parts.site.step_id, "the source's open of partition \"" + name + "\"", [&] { return open(name); });
    if (partition == nullptr) {
      runtime::throw_no_partition(parts.site, "source", "open", name);
    }
    step->add(std::move(name), std::move(partition));
  }
  step->set_unclaimed(std::move(unclaimed));
  step->give_turns();
  return made;
}

/// Of the names of all partitions those that this worker reads.
[[nodiscard]] std::vector<std::string> dealt_to(WorkerContext worker, const std::vector<std::string>& names);

/// The output of bad records; in the compiled core, so that programs do not compile it again.
[[nodiscard]] graph::OutputSpec bad_record_output();

/// Adds what a policy other than stopping does with an input's bad records.
void keep_bad_records(const std::string& input, const Stream<BadRecord>& bad, const OnBadRecord& policy);

/// Opens this worker's partitions of a source.
template <typename S>
std::unique_ptr<runtime::Operator> make_source_step(const S& source, graph::OperatorParts& parts) {
  using T = typename S::Item;
  const OpenContext context{parts.site.worker, Waker{parts.waker}, parts.io, parts.resume != nullptr};
  if constexpr (PartitionedSource<S>) {
    const std::vector<std::string>& partitions = *parts.partitions;
    SourcePositions positions = positions_of(parts);
    if constexpr (requires { source.rename_positions(partitions, positions); }) {
      runtime::call_to_prepare(parts.site.step_id, "the source's rename_positions",
                               [&] { source.rename_positions(partitions, positions); });
    }
    return read_partitions<T>(
        parts, dealt_to(context.worker, partitions),
        [&](const std::string& name) {
          const auto position = positions.find(name);
          return source.open(name, position != positions.end() ? std::optional{position->second} : std::nullopt,
                             context);
        },
        unclaimed_of(positions, partitions));
  } else {
    const std::string name = "worker " + std::to_string(context.worker.index);
    const std::optional<std::string> position =
        parts.resume != nullptr ? snapshot::ResumePoint::find(parts.resume->positions, parts.site.step_id, name)
                                : std::nullopt;
    return read_partitions<T>(parts, {name},
                              [&](const std::string& /*name*/) { return source.open(position, context); }, {});
  }
}

/// What the positions of a source hold; empty if it does not say.
template <typename S>
std::string position_shape_of(const S& source) {
  if constexpr (requires { source.position_shape(); }) {
    return source.position_shape();
  } else {
    return {};
  }
}

/// Makes the step of a source on every worker.
template <typename S>
class SourceFactory final : public graph::OperatorFactory {
 public:
  explicit SourceFactory(S source) : source_{std::move(source)} {}

  [[nodiscard]] std::unique_ptr<runtime::Operator> make(graph::OperatorParts& parts) const override {
    return make_source_step(source_, parts);
  }
  [[nodiscard]] std::vector<Resource> resources() const override { return resources_of(source_); }
  [[nodiscard]] std::optional<std::vector<std::string>> partitions() const override {
    if constexpr (PartitionedSource<S>) {
      return source_.partitions();
    } else {
      return std::nullopt;
    }
  }

 private:
  S source_;
};

}  // namespace weir::detail::io
