#include "coordinator/assembly.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "coordinator/source_partitions.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

// In an application a worker has all items of its keys.
bool stays(const exchange::EdgeFactory& edge, const AssemblyParts& parts) {
  return edge.local() || (parts.placement != nullptr && edge.reach() == exchange::Reach::kByKey);
}

std::vector<bool> local_edges(const graph::Plan& plan, const AssemblyParts& parts) {
  std::vector<bool> local;
  for (const graph::PlannedEdge& edge : plan.edges()) {
    local.push_back(stays(*edge.factory, parts));
  }
  return local;
}

using runtime::EdgeNumber;
using runtime::InputNumber;
using runtime::OutputNumber;
using runtime::StepNumber;

/// Makes one worker. Steps are made from the last to the first, since each pushes into those after it.
class WorkerAssembly {
 public:
  WorkerAssembly(worker::Worker& worker, const graph::Plan& plan, const AssemblyParts& parts, exchange::Fabric& fabric,
                 std::vector<std::unique_ptr<exchange::DirectLane>>& lanes, std::vector<ErasedFanOut>& fan_outs,
                 const std::vector<std::unique_ptr<worker::Alignment>>& alignments,
                 const std::vector<PartitionNames>& partitions, const exchange::Shard* shard)
      : worker_{worker},
        plan_{plan},
        parts_{parts},
        fabric_{fabric},
        lanes_{lanes},
        fan_outs_{fan_outs},
        alignments_{alignments},
        partitions_{partitions},
        shard_{shard} {
    inputs_.resize(plan.graph().steps().size());
    code_.resize(plan.graph().steps().size());
    time_steps_.resize(plan.graph().steps().size());
    time_edges_.resize(plan.edges().size());
    for (std::size_t s = 0; s < plan.stages().size(); ++s) {
      stages_.push_back({.state = worker.make_stage_state()});
    }
  }

  /// @return  the steps' code, by their numbers
  std::vector<runtime::Operator*> assemble() {
    for (std::size_t step = code_.size(); step-- > 0;) {
      make_operator(StepNumber{step});
    }
    std::vector<runtime::Operator*> made;
    for (StepNumber step{0}; step < code_.size(); ++step.value) {
      runtime::StepCode& code = code_[step];
      made.push_back(code.op.get());
      add_to_time(step);
      worker::StageParts& stage = stage_of(step);
      if (alignments_[step] != nullptr) {
        stage.aligned.push_back({{*alignments_[step], worker_.context().index}, code.op.get(), code.clock});
      }
      stage.steps.push_back(std::move(code));
    }
    for (const TimedSender& each : timed_senders_) {
      stage_of(each.from).time_senders.push_back({each.sender, *time_steps_[each.from]});
    }
    for (worker::StageParts& stage : stages_) {
      worker_.add_stage(std::move(stage));
    }
    return made;
  }

 private:
  /// The sending end of an edge that carries watermarks.
  struct TimedSender {
    exchange::EdgeSender* sender;
    StepNumber from;
  };

  // Two kinds of steps hear of the time: those that watermarks flow through, and those that go by it, which may wait
  // for system time.
  void add_to_time(StepNumber index) {
    const graph::StepSpec& step = plan_.graph().steps()[index];
    if (!step.timed && code_[index].timed == nullptr) {
      return;
    }
    std::vector<worker::TimeStepNumber> from_steps;
    std::vector<worker::TimeEdgeNumber> from_edges;
    for (InputNumber input{0}; input < step.inputs.size() && step.timed; ++input.value) {
      if (!step.inputs[input].counts_for_time) {
        continue;
      }
      if (const auto edge = plan_.edge_into(index, input)) {
        from_edges.push_back(*time_edges_[*edge]);
      } else if (time_steps_[step.inputs[input].from.step]) {  // what feeds a clock has no time
        from_steps.push_back(*time_steps_[step.inputs[input].from.step]);
      }
    }
    time_steps_[index] = stage_of(index).time.add_step(code_[index], std::move(from_steps), std::move(from_edges));
  }

  worker::StageParts& stage_of(StepNumber step) { return stages_[plan_.stage_of(step)]; }

  // A step as it is seen from a stage of this worker.
  runtime::StepSite site_of(StepNumber step, const worker::StageParts& stage) {
    const std::string& id = plan_.graph().steps()[step].id;
    return {.step_id = id,
            .worker = {.index = worker_.context().index,
                       .count = worker_.context().count,
                       .metrics = &worker_.metrics_of(step, id)},
            .stage = stage.state.get(),
            .tables = parts_.tables,
            .activity = &worker_.activity(),
            .step = step};
  }

  void make_operator(StepNumber index) {
    const graph::StepSpec& step = plan_.graph().steps()[index];
    graph::OperatorParts parts{
        .site = site_of(index, stage_of(index)),
        .waker = worker_,
        .io = parts_.io,
        .resume = parts_.resume != nullptr ? &parts_.resume->point(worker_.context().index) : nullptr,
        .outputs = {},
        .consumed = {},
        .inputs = std::vector<runtime::ReceiverBase*>(step.inputs.size()),
        .options = step.options,
        .partitions = partitions_[index] ? &*partitions_[index] : nullptr,
        .dealt = shard_ != nullptr,
        .flow = plan_.graph().name(),
        .step_id = step.id,
        .log = parts_.log,
        .restart = parts_.restart};
    for (OutputNumber output{0}; output < step.outputs.size(); ++output.value) {
      const std::vector<runtime::ReceiverBase*> to = ways_from({index, output});
      parts.outputs.push_back(to.size() == 1 ? to.front() : fan_out({index, output}, to));
      parts.consumed.push_back(!to.empty());
    }
    code_[index] = step.factory->make(parts);
    inputs_[index] = std::move(parts.inputs);
  }

  // What a step pushes into: its consumers' inputs, or the sending ends of the edges to them.
  std::vector<runtime::ReceiverBase*> ways_from(graph::Port port) {
    std::vector<runtime::ReceiverBase*> to;
    const auto& steps = plan_.graph().steps();
    for (StepNumber consumer{port.step.value + 1}; consumer < steps.size(); ++consumer.value) {
      for (InputNumber input{0}; input < steps[consumer].inputs.size(); ++input.value) {
        if (steps[consumer].inputs[input].from == port) {
          to.push_back(way_to(consumer, input));
        }
      }
    }
    return to;
  }

  runtime::ReceiverBase* fan_out(graph::Port port, const std::vector<runtime::ReceiverBase*>& to) {
    const graph::StreamType& type = *plan_.graph().output(port).type;
    fan_outs_.emplace_back(type.make_fan_out(to), type.delete_fan_out);
    return fan_outs_.back().get();
  }

  runtime::ReceiverBase* way_to(StepNumber consumer, InputNumber input) {
    const auto edge = plan_.edge_into(consumer, input);
    return edge ? make_edge(*edge, *inputs_[consumer][input]) : inputs_[consumer][input];
  }

  runtime::ReceiverBase* make_edge(EdgeNumber e, runtime::ReceiverBase& to) {
    const graph::PlannedEdge& edge = plan_.edges()[e];
    worker::StageParts& sending = stage_of(edge.from.step);
    worker::StageParts& receiving = stage_of(edge.to_step);
    const WorkerIndex self = worker_.context().index;
    lanes_.push_back(std::make_unique<exchange::DirectLane>(receiving.state->gate));
    exchange::DirectLane& lane = *lanes_.back();
    const runtime::StepSite sending_site = site_of(edge.to_step, sending);
    const bool stays = coordinator::stays(*edge.factory, parts_);
    auto sender = edge.factory->make_sender({.site = sending_site,
                                             .mode = parts_.exchange,
                                             .lane = lane,
                                             .direct = to,
                                             .channels = fabric_.from(e, self),
                                             .depth = fabric_.size().depth,
                                             .buffer_bytes = fabric_.size().buffer_bytes,
                                             .shard = stays ? shard_ : nullptr});
    auto receiver = edge.factory->make_receiver(to, site_of(edge.to_step, receiving));
    if (plan_.graph().steps()[edge.from.step].timed) {
      time_edges_[e] = receiving.time.add_edge(fabric_.to(e, self).size());
      timed_senders_.push_back({sender.get(), edge.from.step});
    }
    std::size_t time_channel = 0;
    for (exchange::Channel* channel : fabric_.to(e, self)) {
      const bool own = channel->ends().from.value == self.value;
      exchange::Outbox* own_outbox = own ? &sender->outboxes()[stays ? 0 : self.value] : nullptr;
      receiving.inboxes.push_back({.channel = channel,
                                   .receiver = receiver.get(),
                                   .lane = own ? &lane : nullptr,
                                   .own_outbox = own_outbox,
                                   .serialized = !own && parts_.exchange == exchange::ExchangeMode::kCereal,
                                   .time_edge = time_edges_[e],
                                   .time_channel = time_channel++});
    }
    runtime::ReceiverBase* const way = &sender->receiver();
    sending.senders.push_back(std::move(sender));
    sending.sender_edges.push_back(e);
    receiving.receivers.push_back(std::move(receiver));
    return way;
  }

  worker::Worker& worker_;
  const graph::Plan& plan_;
  const AssemblyParts& parts_;
  exchange::Fabric& fabric_;
  std::vector<std::unique_ptr<exchange::DirectLane>>& lanes_;
  std::vector<ErasedFanOut>& fan_outs_;
  const std::vector<std::unique_ptr<worker::Alignment>>& alignments_;
  const std::vector<PartitionNames>& partitions_;  // by number of the step
  const exchange::Shard* shard_;                   // null: the worker has none
  std::vector<std::vector<runtime::ReceiverBase*>> inputs_;
  std::vector<worker::StageParts> stages_;
  std::vector<runtime::StepCode> code_;                            // of the steps, by number
  std::vector<std::optional<worker::TimeStepNumber>> time_steps_;  // by step: its number in its stage's flow of time
  std::vector<std::optional<worker::TimeEdgeNumber>> time_edges_;  // by edge: its number there
  std::vector<TimedSender> timed_senders_;
};

}  // namespace

Assembly::Assembly(const graph::Plan& plan, const AssemblyParts& parts)
    : fabric_{local_edges(plan, parts), parts.workers, parts.channels, parts.activator, parts.faults} {
  for (const graph::StepSpec& step : plan.graph().steps()) {
    alignments_.push_back(step.is_clock() && parts.workers.value > 1 && parts.placement == nullptr
                              ? std::make_unique<worker::Alignment>(parts.workers, parts.lead)
                              : nullptr);
  }
  std::vector<PartitionNames> partitions;
  std::ranges::transform(plan.graph().steps(), std::back_inserter(partitions), list_partitions);
  for (std::uint32_t w = 0; w < parts.workers.value; ++w) {
    const WorkerIndex index{w};
    workers_.push_back(std::make_unique<worker::Worker>(WorkerContext{index, parts.workers}, parts.control,
                                                        parts.activator, fabric_.ready(index), parts.epochs));
    std::vector<PartitionNames> own = partitions;
    if (parts.placement != nullptr) {
      own = of_shard(plan.graph(), partitions, *parts.placement, index);
      shards_.emplace_back(parts.placement->shards[w], parts.placement->count, joined(own));
    }
    WorkerAssembly assembly{*workers_.back(), plan,   parts,
                            fabric_,          lanes_, fan_outs_,
                            alignments_,      own,    parts.placement != nullptr ? &shards_.back() : nullptr};
    try {
      operators_.push_back(assembly.assemble());
    } catch (...) {
      parts.abandon();
      throw;
    }
  }
  const auto& steps = plan.graph().steps();
  copies_.resize(steps.size());
  for (StepNumber step{0}; step < steps.size(); ++step.value) {
    for (StepNumber copy{0}; copy < steps.size(); ++copy.value) {
      if (steps[copy].copies_state_of(step)) {
        copies_[step].push_back(copy);
      }
    }
  }
  try {
    check_metrics(plan.graph());
    order_inputs(plan.graph());
    hold_inputs();
    if (parts.epochs.snapshots) {
      wait_for_ended(plan.graph());
    }
  } catch (...) {
    parts.abandon();
    throw;
  }
}

// Ended partitions may grow and be read by the next run, so they hold event time back. Only where all sources are
// bounded: this run then ends, and nothing waits for ever.
void Assembly::wait_for_ended(const graph::Graph& graph) {
  for (StepNumber step{0}; step < graph.steps().size(); ++step.value) {
    if (graph.steps()[step].source() != nullptr && !bounded(step)) {
      return;
    }
  }
  for (const auto& worker : workers_) {
    for (const auto& stage : worker->stages()) {
      stage->state().ended_may_grow = true;
    }
  }
}

void Assembly::order_inputs(const graph::Graph& graph) {
  read_order_ = ReadOrder{graph.steps().size()};
  for (const graph::TableFirst& first : graph::tables_first(graph)) {
    const auto endless = std::ranges::find_if(first.tables, [this](StepNumber input) { return !bounded(input); });
    if (!first.always && endless != first.tables.end()) {
      read_at_once_.push_back({first.step, *endless});
      continue;
    }
    if (!first.whole) {
      read_at_once_.push_back({first.step, std::nullopt});
    }
    std::ranges::for_each(first.waits, [this](const graph::Wait& wait) { read_order_.add(wait); });
  }
  for (StepNumber step{0}; step < graph.steps().size(); ++step.value) {
    if (read_order_.waits(step) && takes_by_itself(step)) {
      read_order_.note_taking(step);
    }
  }
}

void Assembly::hold_inputs() {
  for (const auto& worker : workers_) {
    for (const auto& stage : worker->stages()) {
      if (stage->source() == nullptr) {
        continue;
      }
      const StepNumber step = stage->source()->site().step;
      if (read_order_.waits(step)) {
        stage->hold();
        worker->hold_inputs();
      }
      if (read_order_.awaited(step)) {
        stage->await();
      }
    }
  }
}

bool Assembly::bounded(StepNumber input) const {
  return std::ranges::all_of(operators_, [&](const auto& of_worker) {
    return static_cast<const runtime::SourceOperator&>(*of_worker[input]).bounded();
  });
}

bool Assembly::takes_by_itself(StepNumber input) const {
  return std::ranges::any_of(operators_, [&](const auto& of_worker) {
    return static_cast<const runtime::SourceOperator&>(*of_worker[input]).takes_by_itself();
  });
}

// Readers of metrics know them by their names alone. All workers register the same ones.
void Assembly::check_metrics(const graph::Graph& graph) const {
  std::map<std::string_view, std::pair<const graph::StepSpec*, const runtime::UserMetric*>> known;
  for (runtime::StepNumber step{0}; step < graph.steps().size(); ++step.value) {
    const graph::StepSpec& spec = graph.steps()[step];
    for (const runtime::UserMetric& metric : workers_.front()->metrics_of(step, spec.id).all()) {
      const auto [place, is_new] = known.try_emplace(metric.name, &spec, &metric);
      if (const auto& [other, as] = place->second; !is_new && (as->kind != metric.kind || as->help != metric.help)) {
        throw BuildError{
            fmt::format("steps \"{}\" and \"{}\" register a metric \"{}\" of different kind or help; give "
                        "one of them another name",
                        other->id, spec.id, metric.name)};
      }
    }
  }
}

WorkerIndex Assembly::owner(const snapshot::StateRecord& record) const {
  const KeyHash somewhere_in_group{std::uint64_t{record.group} << 52};
  const WorkerCount workers{static_cast<std::uint32_t>(workers_.size())};
  return record.worker.value_or(owner_of(somewhere_in_group, workers));
}

void Assembly::restore(StepNumber step, const snapshot::StateRecord& record) {
  operators_[owner(record)][step]->restore(record);
  for (const StepNumber copy : copies_[step]) {
    for (const std::vector<runtime::Operator*>& of_worker : operators_) {
      of_worker[copy]->restore(record);
    }
  }
}

}  // namespace weir::detail::coordinator
