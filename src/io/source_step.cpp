#include "weir/detail/io/source_step.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::detail::io {
namespace {

constexpr std::size_t kEndingAtOnce = 8;

template <typename Call>
auto call_partition(const runtime::StepSite& site, const std::string& name, Call call) {
  try {
    return call();
  } catch (...) {
    throw_partition_error(site, name);
  }
}

}  // namespace

void throw_partition_error(const runtime::StepSite& site, const std::string& name) {
  runtime::throw_step_error(site, "source partition \"" + name + "\"");
}

SourceStep::SourceStep(graph::OperatorParts& parts)
    : runtime::SourceOperator{parts.site},
      bad_out_{parts.outputs.size() > kBadRecordOutput ? &graph::output<BadRecord>(parts, kBadRecordOutput) : nullptr},
      keeps_snapshots_{parts.resume != nullptr} {}

void SourceStep::add(std::string name, std::unique_ptr<SourcePartitionBase> partition) {
  Dealt& dealt = partitions_.emplace_back();
  dealt.name = std::move(name);
  dealt.partition = std::move(partition);
  dealt.moved = call_partition(site(), dealt.name, [&] { return dealt.partition->begins_with_position(); });
  dealt.ends = call_partition(site(), dealt.name, [&] { return dealt.partition->ends(); });
  dealt.hears =
      keeps_snapshots_ && call_partition(site(), dealt.name, [&] { return dealt.partition->hears_decisions(); });
}

void SourceStep::give_turns() {
  for (Dealt& dealt : partitions_) {
    if (dealt.turn == Turn::kWaits && (ending_ < kEndingAtOnce || !dealt.ends)) {
      dealt.turn = Turn::kOn;
      ending_ += dealt.ends ? 1 : 0;
    }
  }
}

bool SourceStep::emit(runtime::Steady now) {
  for (std::size_t tried = 0; tried < partitions_.size(); ++tried) {
    next_ = next_ + 1 < partitions_.size() ? next_ + 1 : 0;
    Dealt& dealt = partitions_[next_];
    if (dealt.turn == Turn::kOn && dealt.due <= now) {
      return poll_dealt(dealt, now);
    }
  }
  return false;
}

void SourceStep::make_due() {
  for (Dealt& dealt : partitions_) {
    dealt.due = runtime::Steady::min();
  }
}

runtime::Steady SourceStep::due() const {
  runtime::Steady due = runtime::Steady::max();
  for (const Dealt& dealt : partitions_) {
    due = dealt.turn == Turn::kOn ? std::min(due, dealt.due) : due;
  }
  return due;
}

bool SourceStep::exhausted() const {
  return std::ranges::all_of(partitions_, [](const Dealt& dealt) { return dealt.partition == nullptr; });
}

runtime::PartitionStatus SourceStep::partition_status(std::size_t index) const {
  const Dealt& dealt = partitions_[index];
  return {dealt.name, dealt.partition == nullptr, dealt.silent_since};
}

std::optional<SourceProgress> SourceStep::progress(std::size_t index) const {
  const Dealt& dealt = partitions_[index];
  return dealt.partition == nullptr ? dealt.read
                                    : call_partition(site(), dealt.name, [&] { return dealt.partition->progress(); });
}

void SourceStep::snapshot(snapshot::EpochPart& part) {
  for (Dealt& dealt : partitions_) {
    if (dealt.moved) {
      dealt.moved = false;
      part.positions.push_back({site().step, dealt.name, position_of(dealt)});
      if (dealt.hears) {
        undecided_.push_back(
            {part.epoch, static_cast<std::size_t>(&dealt - partitions_.data()), part.positions.back().bytes});
      }
    }
  }
  part.items_read += items() - items_before_;
  items_before_ = items();
}

void SourceStep::decided(Epoch epoch) {
  for (; !undecided_.empty() && undecided_.front().epoch <= epoch; undecided_.pop_front()) {
    Dealt& dealt = partitions_[undecided_.front().partition];
    SourcePartitionBase& hears = dealt.ended != nullptr ? *dealt.ended : *dealt.partition;
    call_partition(site(), dealt.name, [&] { hears.decided(undecided_.front().position); });
    const auto is_of_it = [this](const Undecided& other) { return other.partition == undecided_.front().partition; };
    if (dealt.ended != nullptr && !dealt.moved && std::ranges::count_if(undecided_, is_of_it) == 1) {
      dealt.ended.reset();
      dealt.hears = false;
    }
  }
}

bool SourceStep::bounded() const {
  return std::ranges::all_of(partitions_, [this](const Dealt& dealt) {
    return call_partition(site(), dealt.name, [&] { return dealt.partition->bounded(); });
  });
}

std::vector<std::string> SourceStep::unreplayable() const {
  std::vector<std::string> names;
  for (const Dealt& dealt : partitions_) {
    if (!call_partition(site(), dealt.name, [&] { return dealt.partition->replayable(); })) {
      names.push_back(dealt.name);
    }
  }
  return names;
}

bool SourceStep::takes_by_itself() const {
  return std::ranges::any_of(partitions_, [this](const Dealt& dealt) {
    return call_partition(site(), dealt.name, [&] { return dealt.partition->takes_by_itself(); });
  });
}

runtime::StepCounts SourceStep::counts() {
  runtime::StepCounts counts;
  if (!left_over_.empty()) {
    counts.others.add({{"left_over", left_over_.size()}});
  }
  return counts;
}

bool SourceStep::stop() {
  if (!stopped_) {
    stopped_ = true;
    for (Dealt& dealt : partitions_) {
      const bool holds =
          dealt.turn == Turn::kOn && call_partition(site(), dealt.name, [&] { return dealt.partition->stop(); });
      dealt.turn = holds ? Turn::kOn : Turn::kOver;
      dealt.due = runtime::Steady::min();
    }
  }
  return std::ranges::none_of(partitions_, [](const Dealt& dealt) { return dealt.turn == Turn::kOn; });
}

void SourceStep::take(BadRecord&& bad) {
  bad.input = site().step_id;
  bad_records_.note(site().stage->wall, partitions_[next_].name, bad.error);
  bad_out_->push(std::move(bad));
}

bool SourceStep::poll_dealt(Dealt& dealt, runtime::Steady now) {
  note_work();
  site().stage->partition = next_;
  std::uint64_t emitted = 0;
  const Poll answer = poll_partition(*dealt.partition, dealt.name, emitted);
  count_items(emitted);
  if (answer.kind() == Poll::Kind::kMore || answer.is_blocked()) {
    dealt.silent_since = runtime::Steady::max();
  } else if (dealt.silent_since == runtime::Steady::max() || emitted > 0) {
    dealt.silent_since = now;
  }
  dealt.moved = dealt.moved || emitted > 0 || answer.has_moved() || answer.kind() == Poll::Kind::kEnd;
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
  return answer.kind() != Poll::Kind::kIdle || emitted > 0;
}

// A stopped partition is kept: its position is where the next run resumes.
void SourceStep::end(Dealt& dealt) {
  dealt.turn = Turn::kOver;
  if (std::string left_over = call_partition(site(), dealt.name, [&] { return dealt.partition->left_over(); });
      !left_over.empty()) {
    left_over_.push_back(std::move(left_over));
  }
  if (!stopped_) {
    ending_ -= dealt.ends ? 1 : 0;
    dealt.position = position_of(dealt);
    dealt.read = dealt.partition->progress();
    if (dealt.hears) {
      dealt.ended = std::move(dealt.partition);
    }
    dealt.partition.reset();
    give_turns();
  }
}

std::string SourceStep::position_of(const Dealt& dealt) const {
  return dealt.partition == nullptr ? dealt.position
                                    : call_partition(site(), dealt.name, [&] { return dealt.partition->position(); });
}

runtime::StepCode read_partitions(std::unique_ptr<SourceStep> step, std::vector<std::string> names,
                                  const OpenPartition& open, std::vector<std::string> unclaimed) {
  for (std::string& name : names) {
    std::unique_ptr<SourcePartitionBase> partition = runtime::call_to_prepare(
        step->site().step_id, "the source's open of partition \"" + name + "\"", [&] { return open(name); });
    if (partition == nullptr) {
      runtime::throw_no_partition(step->site(), "source", "open", name);
    }
    step->add(std::move(name), std::move(partition));
  }
  step->set_unclaimed(std::move(unclaimed));
  step->give_turns();
  runtime::StepCode code;
  code.source = step.get();
  code.errors = &step->last_bad_records();
  code.op = std::move(step);
  return code;
}

graph::InApplication no_topic() { return {.brokers = {}, .why_not = "reads no Kafka topic"}; }

std::vector<std::string> dealt_to(const graph::OperatorParts& parts) {
  const std::vector<std::string>& names = *parts.partitions;
  const WorkerContext& worker = parts.site.worker;
  if (parts.dealt) {
    return names;
  }
  std::vector<std::string> dealt;
  for (std::size_t i = worker.index; i < names.size(); i += worker.count) {
    dealt.push_back(names[i]);
  }
  return dealt;
}

SourcePositions positions_of(const graph::OperatorParts& parts) {
  SourcePositions positions;
  if (parts.resume != nullptr) {
    const auto& all = parts.resume->positions;
    const std::string& step = parts.site.step_id;
    for (auto at = all.lower_bound({step, {}}); at != all.end() && at->first.first == step; ++at) {
      positions.emplace(at->first.second, at->second);
    }
  }
  return positions;
}

std::vector<std::string> unclaimed_of(const SourcePositions& positions, const std::vector<std::string>& partitions) {
  const std::set<std::string> names{partitions.begin(), partitions.end()};
  std::vector<std::string> unclaimed;
  for (const auto& [name, position] : positions) {
    if (!names.contains(name)) {
      unclaimed.push_back(name);
    }
  }
  return unclaimed;
}

}  // namespace weir::detail::io
