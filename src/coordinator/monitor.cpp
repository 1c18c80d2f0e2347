#include "coordinator/monitor.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "graph/outline.hpp"

namespace weir::detail::coordinator {
namespace {

void add_metric(status::StepState& step, std::size_t worker, const runtime::UserMetric& metric) {
  auto own = std::ranges::find(step.metrics, metric.name, [](const status::OwnMetric& each) { return each.all.name; });
  if (own == step.metrics.end()) {
    step.metrics.push_back({.all = metric, .by_worker = std::vector<double>(step.workers.size())});
    own = std::prev(step.metrics.end());
  } else {
    own->all.count += metric.count;
    own->all.value += metric.value;
    std::ranges::transform(own->all.buckets, metric.buckets, own->all.buckets.begin(), std::plus{});
  }
  own->by_worker[worker] =
      metric.kind == runtime::UserMetric::Kind::kCounter ? static_cast<double>(metric.count) : metric.value;
}

}  // namespace

Monitor::Monitor(const graph::Plan& plan, WorkerCount workers, runtime::Steady started)
    : edges_(plan.edges().size()), told_(workers.value, Told{{}, started}) {
  const graph::Outline flow = graph::outline(plan);
  still_.dataflow = flow.name;
  still_.workers.resize(workers.value);
  for (const graph::OutlinedStep& step : flow.steps) {
    still_.steps.push_back({.id = step.id, .op = step.op, .stage = step.stage});
    still_.steps.back().workers.resize(workers.value);
  }
  for (const graph::OutlinedEdge& edge : flow.edges) {
    if (edge.channels) {
      edges_[*edge.channels] = still_.edges.size();
    }
    still_.edges.push_back({.from = edge.from, .output = edge.output, .to = edge.to, .kind = edge.kind});
  }
}

void Monitor::on_status(WorkerIndex worker, worker::WorkerStatus&& told, runtime::Steady now) {
  told_[worker] = {std::move(told), now};
}

void Monitor::on_ended(WorkerIndex worker, worker::WorkerStatus&& told, runtime::Steady now) {
  told_[worker] = {std::move(told), now, true};
}

status::RunStatus Monitor::status(const std::vector<std::unique_ptr<worker::Worker>>& workers, const Profiler* profiler,
                                  runtime::Steady now) const {
  status::RunStatus status = still_;
  for (std::size_t worker = 0; worker < told_.size(); ++worker) {
    add_told(status, worker);
    if (profiler != nullptr) {
      add_seen(status, worker, *profiler);
    }
    if (told_[worker].last) {
      status.workers[worker].ended = true;
    } else {
      status.workers[worker].step = runtime::Activity::step_of(workers[worker]->activity().look());
      status.workers[worker].silent_for = now - told_[worker].at;
    }
  }
  return status;
}

void Monitor::add_told(status::RunStatus& status, std::size_t worker) const {
  const worker::WorkerStatus& told = told_[worker].status;
  status.workers[worker].waiting_for_input = told.waits.for_input;
  status.workers[worker].waiting_for_room = told.waits.for_room;
  for (const worker::StepView& view : told.steps) {
    status::StepState& step = status.steps[view.step];
    step.workers[worker].items = view.items;
    step.workers[worker].keys_held = view.counts.keys_held;
    step.workers[worker].state_bytes = view.counts.state_bytes;
    for (const auto& [name, count] : view.counts.others.all()) {
      step.counters[name] += count;
    }
    if (view.latency) {
      step.latency += *view.latency;
    }
    if (view.watermark) {
      step.watermark = std::min(step.watermark.value_or(*view.watermark), *view.watermark);
    }
    for (const runtime::UserMetric& metric : view.metrics) {
      add_metric(step, worker, metric);
    }
    for (const worker::PartitionView& partition : view.partitions) {
      step.partitions.push_back({.name = partition.name,
                                 .worker = worker,
                                 .ended = partition.ended,
                                 .silent_for = partition.silent_for,
                                 .progress = partition.progress,
                                 .watermark = partition.watermark});
    }
    for (const runtime::NotedError& noted : view.errors) {
      status.errors.push_back({.at = noted.at, .step = view.step, .partition = noted.partition, .error = noted.error});
    }
  }
  for (const worker::EdgeView& view : told.edges) {
    status::EdgeState& edge = status.edges[*edges_[view.edge]];
    edge.bytes += view.sent_bytes;
    edge.buffers_in_flight += view.in_flight;
    edge.buffers += view.depth;
    edge.held_bytes += view.held_bytes;
  }
}

void Monitor::add_seen(status::RunStatus& status, std::size_t worker, const Profiler& profiler) {
  using runtime::Activity;
  status.workers[worker].runtime = profiler.time_of(worker, Activity::kRuntime);
  for (runtime::StepNumber step{0}; step < status.steps.size(); ++step.value) {
    const auto time_of = [&](Activity::Kind kind) { return profiler.time_of(worker, Activity::code(step, kind)); };
    status::StepOnWorker& on_worker = status.steps[step].workers[worker];
    on_worker.working = time_of(Activity::Kind::kWork);
    on_worker.serializing = time_of(Activity::Kind::kSerialize);
    on_worker.deserializing = time_of(Activity::Kind::kDeserialize);
  }
}

}  // namespace weir::detail::coordinator
