#include "worker/worker_status.hpp"

#include <algorithm>

#include "worker/stage.hpp"

namespace weir::detail::worker {
namespace {

std::optional<Time> known(Time watermark) { return watermark > Time::min() ? std::optional{watermark} : std::nullopt; }

// One clock follows a source, or several, of which the slowest holds time back.
std::optional<Time> watermark_of(const TimeFlow& time, std::size_t partition) {
  std::optional<Time> least;
  for (const runtime::ClockStep* const clock : time.clocks()) {
    const Time watermark = clock->watermark_of(partition);
    least = std::min(least.value_or(watermark), watermark);
  }
  return known(least.value_or(Time::min()));
}

std::vector<PartitionView> partitions_of(const Stage& stage, runtime::Steady now) {
  std::vector<PartitionView> views;
  const runtime::SourceOperator& source = *stage.source();
  for (std::size_t index = 0; index < source.partition_count(); ++index) {
    const runtime::PartitionStatus status = source.partition_status(index);
    const bool silent = !status.ended && status.silent_since != runtime::Steady::max();
    views.push_back({.name = status.name,
                     .ended = status.ended,
                     .silent_for = silent ? std::max(now - status.silent_since, runtime::Steady::duration{})
                                          : runtime::Steady::duration{},
                     .progress = source.progress(index),
                     .watermark = watermark_of(stage.time(), index)});
  }
  return views;
}

void add_steps(const Stage& stage, runtime::Steady now, std::vector<StepView>& views) {
  for (const auto& op : stage.operators()) {
    StepView& view = views.emplace_back();
    view.step = op->site().step;
    view.items = op->items();
    view.counts = op->counts();
    if (const auto watermark = stage.time().watermark_of(view.step)) {
      view.watermark = known(*watermark);
    }
  }
  for (std::size_t sink = 0; sink < stage.latencies().size(); ++sink) {
    std::ranges::find(views, stage.sinks()[sink]->site().step, &StepView::step)->latency = stage.latencies()[sink];
  }
  for (const StepErrors& noted : stage.errors()) {
    std::ranges::find(views, noted.step, &StepView::step)->errors = noted.errors->last();
  }
  if (stage.source() != nullptr) {
    const auto input = std::ranges::find(views, stage.source()->site().step, &StepView::step);
    input->partitions = partitions_of(stage, now);
  }
}

void add_edges(const Stage& stage, std::vector<EdgeView>& views) {
  for (std::size_t index = 0; index < stage.senders().size(); ++index) {
    EdgeView& view = views.emplace_back();
    view.edge = stage.sender_edges()[index];
    for (const exchange::Outbox& outbox : stage.senders()[index]->outboxes()) {
      view.sent_bytes += outbox.sent_bytes();
      view.in_flight += outbox.in_flight();
      view.depth += outbox.depth();
      view.held_bytes += outbox.held_bytes();
    }
  }
}

}  // namespace

WorkerStatus status_of(const std::vector<std::unique_ptr<Stage>>& stages, const Waits& waits,
                       const std::map<std::size_t, runtime::StepMetrics>& metrics, runtime::Steady now) {
  WorkerStatus status{.waits = waits};
  for (const auto& stage : stages) {
    add_steps(*stage, now, status.steps);
    add_edges(*stage, status.edges);
  }
  for (StepView& view : status.steps) {
    if (const auto own = metrics.find(view.step); own != metrics.end()) {
      view.metrics.assign(own->second.all().begin(), own->second.all().end());
    }
  }
  return status;
}

}  // namespace weir::detail::worker
