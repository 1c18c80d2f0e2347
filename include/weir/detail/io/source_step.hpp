#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/bad_record.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/io/open_context.hpp"
#include "weir/detail/runtime/noted_errors.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/source.hpp"

namespace weir::detail::io {

/// The output of an input's step for its bad records, if the dataflow takes them.
inline constexpr std::size_t kBadRecordOutput = 1;

/// The code of an input step on one worker: polls its partitions in turn. It does not know the type of their items.
class SourceStep : public runtime::SourceOperator, protected BadRecordTaker {
 public:
  explicit SourceStep(graph::OperatorParts& parts);

  void add(std::string name, std::unique_ptr<SourcePartitionBase> partition);
  void set_unclaimed(std::vector<std::string> names) { unclaimed_ = std::move(names); }
  [[nodiscard]] const runtime::NotedErrors& last_bad_records() const noexcept { return bad_records_; }
  /// Call it once all partitions are added.
  void give_turns();

  bool emit(runtime::Steady now) override;
  void make_due() override;
  [[nodiscard]] runtime::Steady due() const override;
  [[nodiscard]] bool exhausted() const override;
  [[nodiscard]] std::size_t partition_count() const override { return partitions_.size(); }
  [[nodiscard]] runtime::PartitionStatus partition_status(std::size_t index) const override;
  [[nodiscard]] std::optional<SourceProgress> progress(std::size_t index) const override;
  void snapshot(snapshot::EpochPart& part) override;
  void decided(Epoch epoch) override;
  [[nodiscard]] bool bounded() const override;
  [[nodiscard]] std::vector<std::string> unreplayable() const override;
  [[nodiscard]] bool takes_by_itself() const override;
  [[nodiscard]] const std::vector<std::string>& left_over() const override { return left_over_; }
  [[nodiscard]] const std::vector<std::string>& unclaimed() const override { return unclaimed_; }
  [[nodiscard]] runtime::StepCounts counts() override;
  bool stop() override;

 protected:
  /// The taker of bad records; null: they stop the run.
  [[nodiscard]] BadRecordTaker* bad_records() noexcept { return bad_out_ != nullptr ? this : nullptr; }

 private:
  enum class Turn : std::uint8_t { kWaits, kOn, kOver };

  struct Dealt {
    std::string name;
    std::unique_ptr<SourcePartitionBase> partition;  // null once it is at its end
    std::unique_ptr<SourcePartitionBase> ended{};    // until its last position is decided, if it hears of that
    runtime::Steady due = runtime::Steady::min();
    runtime::Steady silent_since = runtime::Steady::max();  // has had no items
    Turn turn = Turn::kWaits;
    bool ends = false;                     // by itself
    bool hears = false;                    // of what is decided
    bool moved = false;                    // since the last snapshot
    std::string position;                  // where it ended
    std::optional<SourceProgress> read{};  // when it ended
  };

  /// A position that a snapshot holds and that is not decided yet.
  struct Undecided {
    Epoch epoch;
    std::size_t partition;
    std::string position;
  };

  void take(BadRecord&& bad) override;

  /// Polls a partition, and emits its items.
  /// @param name     the partition's
  /// @param emitted  set to the number of these items
  virtual Poll poll_partition(SourcePartitionBase& partition, const std::string& name, std::uint64_t& emitted) = 0;

  bool poll_dealt(Dealt& dealt, runtime::Steady now);
  void end(Dealt& dealt);
  [[nodiscard]] std::string position_of(const Dealt& dealt) const;

  runtime::Receiver<BadRecord>* bad_out_;  // null: they stop the run
  runtime::NotedErrors bad_records_;
  std::vector<Dealt> partitions_;
  std::deque<Undecided> undecided_;  // of those that hear of it, oldest first
  bool keeps_snapshots_;
  std::size_t next_ = 0;
  std::size_t ending_ = 0;          // partitions whose turn it is and that end by themselves
  std::uint64_t items_before_ = 0;  // of earlier epochs
  bool stopped_ = false;
  std::vector<std::string> left_over_;  // at the ends of partitions
  std::vector<std::string> unclaimed_;
};

/// Rethrows what a partition threw as a StepError that names it.
[[noreturn]] void throw_partition_error(const runtime::StepSite& site, const std::string& name);

/// The same for partitions whose items are `T`.
template <typename T>
class SourceStepOf final : public SourceStep {
 public:
  explicit SourceStepOf(graph::OperatorParts& parts) : SourceStep{parts}, out_{&graph::output<T>(parts)} {}

 private:
  Poll poll_partition(SourcePartitionBase& partition, const std::string& name, std::uint64_t& emitted) override {
    Emit<T> emit{*out_, gate(), *site().activity, bad_records()};
    const Poll answer = [&] {
      try {
        return static_cast<SourcePartition<T>&>(partition).poll(emit);
      } catch (...) {
        throw_partition_error(site(), name);
      }
    }();
    emit.flush();  // the partition has no part in what this throws
    emitted = emit.emitted();
    return answer;
  }

  runtime::Receiver<T>* out_;
};

/// The kept positions of a source, by the names of its partitions.
using SourcePositions = std::map<std::string, std::string>;

/// The kept positions of this step.
[[nodiscard]] SourcePositions positions_of(const graph::OperatorParts& parts);

/// The names among them that no partition has.
[[nodiscard]] std::vector<std::string> unclaimed_of(const SourcePositions& positions,
                                                    const std::vector<std::string>& partitions);

/// Opens one partition.
using OpenPartition = std::function<std::unique_ptr<SourcePartitionBase>(const std::string& name)>;

/// Makes a step read the partitions of these names.
/// @param unclaimed  kept names that belong to none
runtime::StepCode read_partitions(std::unique_ptr<SourceStep> step, std::vector<std::string> names,
                                  const OpenPartition& open, std::vector<std::string> unclaimed);

/// The names, among the source's partitions, of those that this worker reads.
[[nodiscard]] std::vector<std::string> dealt_to(const graph::OperatorParts& parts);

/// The output of bad records; in the compiled core, so that programs do not compile it again.
[[nodiscard]] graph::OutputSpec bad_record_output();

/// Adds the steps for an input's bad records, for a policy other than stopping.
void keep_bad_records(const std::string& input, const Stream<BadRecord>& bad, const OnBadRecord& policy);

/// Opens this worker's partitions of a source.
template <typename S>
runtime::StepCode make_source_step(const S& source, graph::OperatorParts& parts) {
  using T = typename S::Item;
  const OpenContext context = open_context(parts);
  if constexpr (PartitionedSource<S>) {
    const std::vector<std::string>& partitions = *parts.partitions;
    SourcePositions positions = positions_of(parts);
    if constexpr (requires { source.rename_positions(partitions, positions); }) {
      runtime::call_to_prepare(parts.site.step_id, "the source's rename_positions",
                               [&] { source.rename_positions(partitions, positions); });
    }
    return read_partitions(
        runtime::make_as<SourceStep, SourceStepOf<T>>(parts), dealt_to(parts),
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
    return read_partitions(runtime::make_as<SourceStep, SourceStepOf<T>>(parts), {name},
                           [&](const std::string& /*name*/) { return source.open(position, context); }, {});
  }
}

/// A source's description of its positions; empty if it has none.
template <typename S>
std::string position_shape_of(const S& source) {
  if constexpr (requires { source.position_shape(); }) {
    return source.position_shape();
  } else {
    return {};
  }
}

/// What is said of a source that knows nothing of applications.
[[nodiscard]] graph::InApplication no_topic();

/// Whether a source can take part in an application.
template <typename S>
graph::InApplication source_in_application(const S& source) {
  if constexpr (requires { source.in_application(); }) {
    return source.in_application();
  } else {
    return no_topic();
  }
}

/// Makes the step of a source on every worker.
template <typename S>
class SourceFactory final : public graph::OperatorFactory {
 public:
  explicit SourceFactory(S source) : source_{std::move(source)} {}

  [[nodiscard, gnu::cold]] runtime::StepCode make(graph::OperatorParts& parts) const override {
    return make_source_step(source_, parts);
  }
  [[nodiscard, gnu::cold]] std::vector<Resource> resources() const override { return resources_of(source_); }
  [[nodiscard, gnu::cold]] std::optional<std::vector<std::string>> partitions() const override {
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
