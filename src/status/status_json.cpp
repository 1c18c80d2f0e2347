#include "status/status_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/utf8.hpp"
#include "status/application_words.hpp"
#include "status/edge_items.hpp"
#include "status/holds_back.hpp"
#include "status/interval.hpp"
#include "status/latency_json.hpp"
#include "weir/json.hpp"

namespace weir::detail::status {
namespace {

constexpr int kStatusFormat = 1;

std::string_view name_of(RunStatus::Phase phase) {
  switch (phase) {
    case RunStatus::Phase::kRunning:
      return "running";
    case RunStatus::Phase::kStopping:
      return "stopping";
    case RunStatus::Phase::kRestarting:
      return "restarting";
    case RunStatus::Phase::kWaiting:
      return "waiting";
    case RunStatus::Phase::kEnded:
      return "ended";
  }
  return "";
}

class Document {
 public:
  Document(const RunStatus& now, const RunStatus& before, Detail detail)
      : now_{now}, detail_{detail}, last_{since(before, now)}, holds_back_{what_holds_back(now, before)} {
    for (std::size_t worker = 0; worker < now.workers.size(); ++worker) {
      worker_time_.push_back(time_of_worker(last_, worker));
    }
  }

  std::string text() && {
    json_.begin_object();
    run();
    array("workers", now_.workers.size(), [this](std::size_t worker) { write_worker(worker); });
    array("steps", now_.steps.size(), [this](std::size_t step) { write_step(step); });
    array("edges", now_.edges.size(), [this](std::size_t edge) { write_edge(edge); });
    epochs();
    array("problems", now_.problems.size(),
          [this](std::size_t problem) { json_.text(codec::repaired_utf8(now_.problems[problem])); });
    json_.end_object();
    return std::move(text_);
  }

 private:
  template <typename Write>
  void array(std::string_view name, std::size_t size, Write write) {
    json_.name(name);
    json_.begin_array();
    for (std::size_t index = 0; index < size; ++index) {
      write(index);
    }
    json_.end_array();
  }

  void member(std::string_view name, const std::string& text) { json_.member(name, codec::repaired_utf8(text)); }

  void duration(std::string_view name, nanoseconds time) { json_.member(name, in_seconds(time)); }

  void duration(std::string_view name, std::optional<nanoseconds> time) {
    json_.name(name);
    json_.value(time ? std::optional{in_seconds(*time)} : std::nullopt);
  }

  void rate(std::string_view name, std::uint64_t count) {
    json_.member(name, rounded(per_second(count, last_.elapsed)));
  }

  void part(std::string_view name, nanoseconds time, nanoseconds whole) {
    json_.member(name, rounded(share(time, whole)));
  }

  void run() {
    json_.member("format", kStatusFormat);
    member("dataflow", now_.dataflow);
    json_.member("phase", name_of(now_.phase));
    restart();
    write_application(json_, now_.application);
    json_.member("resumed", now_.resumed);
    json_.member("keeps_snapshots", now_.keeps_snapshots);
    json_.member("now", now_.now);
    duration("elapsed_seconds", now_.elapsed);
    duration("interval_seconds", last_.elapsed);
    json_.member("items_in", now_.items_in());
    rate("items_in_per_second", last_.items_in());
    json_.member("items_out", now_.items_out());
    rate("items_out_per_second", last_.items_out());
    json_.member("part_read", now_.part_read());
    write_latency(json_, last_.latency());
    json_.member("resident_bytes", now_.resident_bytes);
    json_.member("holds_back", holds_back_);
  }

  void restart() {
    json_.name("restart");
    if (!now_.restart) {
      json_.null();
      return;
    }
    json_.begin_object();
    json_.member("attempt", now_.restart->attempt);
    json_.member("most", now_.restart->most);
    duration("wait_seconds", now_.restart->wait);
    json_.end_object();
  }

  void write_worker(std::size_t index) {
    const WorkerState& worker = now_.workers[index];
    const WorkerState& lately = last_.workers[index];
    json_.begin_object();
    duration("runtime_seconds", worker.runtime);
    duration("waiting_for_input_seconds", worker.waiting_for_input);
    duration("waiting_for_room_seconds", worker.waiting_for_room);
    part("runtime_share", lately.runtime, worker_time_[index]);
    part("waiting_for_input_share", lately.waiting_for_input, worker_time_[index]);
    part("waiting_for_room_share", lately.waiting_for_room, worker_time_[index]);
    duration("silent_for_seconds", worker.silent_for);
    json_.member("step", worker.step);
    json_.member("ended", worker.ended);
    json_.end_object();
  }

  void write_step(std::size_t index) {
    const StepState& step = now_.steps[index];
    const StepState& lately = last_.steps[index];
    nanoseconds whole{};
    for (const nanoseconds time : worker_time_) {
      whole += time;
    }
    json_.begin_object();
    member("id", step.id);
    member("op", step.op);
    json_.member("stage", step.stage);
    json_.member("items", step.items());
    rate("items_per_second", lately.items());
    json_.member("keys_held", step.keys_held());
    json_.member("state_bytes", step.state_bytes());
    duration("busy_seconds", step.busy());
    part("busy_share", lately.busy(), whole);
    json_.member("watermark", step.watermark);
    json_.name("counters");
    json_.begin_object();
    for (const auto& [name, count] : step.counters) {
      json_.member(codec::repaired_utf8(name), count);
    }
    json_.end_object();
    write_histogram("latency", step.latency);
    array("metrics", step.metrics.size(), [&](std::size_t metric) { write_metric(step.metrics[metric]); });
    if (detail_ == Detail::kWithoutWorkers) {
      json_.name("workers");
      json_.null();
    } else {
      array("workers", step.workers.size(), [&](std::size_t worker) {
        write_step_on_worker(step.workers[worker], lately.workers[worker], worker_time_[worker]);
      });
    }
    array("partitions", step.partitions.size(),
          [&](std::size_t partition) { write_partition(step.partitions[partition]); });
    json_.end_object();
  }

  void write_histogram(std::string_view name, const runtime::Latency& latency) {
    json_.name(name);
    if (latency.count() == 0) {
      json_.null();
      return;
    }
    json_.begin_object();
    json_.member("count", latency.count());
    duration("sum_seconds", latency.sum);
    array("bounds", runtime::Latency::kBounds.size(),
          [this](std::size_t bucket) { json_.value(runtime::Latency::kBounds[bucket]); });
    array("buckets", runtime::Latency::kBounds.size(),
          [&](std::size_t bucket) { json_.value(latency.buckets[bucket]); });
    json_.end_object();
  }

  void write_metric(const OwnMetric& metric) {
    const bool counts = metric.all.kind != runtime::UserMetric::Kind::kGauge;
    const bool observes = metric.all.kind == runtime::UserMetric::Kind::kHistogram;
    json_.begin_object();
    json_.member("name", metric.all.name);
    member("help", metric.all.help);
    json_.member("kind", observes ? "histogram" : counts ? "counter" : "gauge");
    json_.member("count", counts ? std::optional{metric.all.count} : std::nullopt);
    json_.member("value", observes || !counts ? finite(metric.all.value) : std::nullopt);
    array("bounds", metric.all.bounds.size(),
          [&](std::size_t bucket) { json_.value(finite(metric.all.bounds[bucket])); });
    array("buckets", metric.all.buckets.size(), [&](std::size_t bucket) { json_.value(metric.all.buckets[bucket]); });
    json_.end_object();
  }

  // JSON has no other numbers.
  static std::optional<double> finite(double number) {
    return std::isfinite(number) ? std::optional{number} : std::nullopt;
  }

  void write_step_on_worker(const StepOnWorker& here, const StepOnWorker& lately, nanoseconds whole) {
    json_.begin_object();
    json_.member("items", here.items);
    rate("items_per_second", lately.items);
    json_.member("keys_held", here.keys_held);
    json_.member("state_bytes", here.state_bytes);
    duration("working_seconds", here.working);
    duration("serializing_seconds", here.serializing);
    duration("deserializing_seconds", here.deserializing);
    part("busy_share", lately.working + lately.serializing + lately.deserializing, whole);
    json_.end_object();
  }

  void write_partition(const PartitionState& partition) {
    json_.begin_object();
    member("name", partition.name);
    json_.member("worker", partition.worker);
    json_.member("ended", partition.ended);
    duration("silent_for_seconds", partition.silent_for);
    json_.name("progress");
    if (partition.progress) {
      json_.begin_object();
      json_.member("done", partition.progress->done);
      json_.member("total", partition.progress->total);
      json_.member("unit", partition.progress->unit == SourceProgress::Unit::kBytes ? "bytes" : "items");
      json_.member("grows", partition.progress->grows);
      json_.end_object();
    } else {
      json_.null();
    }
    json_.member("watermark", partition.watermark);
    json_.end_object();
  }

  void write_edge(std::size_t index) {
    const EdgeState& edge = now_.edges[index];
    json_.begin_object();
    json_.member("from", edge.from);
    json_.member("output", edge.output);
    json_.member("to", edge.to);
    json_.member("kind", name_of(edge.kind));
    json_.member("items", items_[index]);
    json_.name("items_per_second");
    json_.value(lately_[index] ? std::optional{rounded(per_second(*lately_[index], last_.elapsed))} : std::nullopt);
    json_.member("bytes", edge.bytes);
    rate("bytes_per_second", last_.edges[index].bytes);
    json_.member("buffers_in_flight", edge.buffers_in_flight);
    json_.member("buffers", edge.buffers);
    json_.member("held_bytes", edge.held_bytes);
    json_.end_object();
  }

  void epochs() {
    const EpochState& epochs = now_.epochs;
    json_.name("epochs");
    json_.begin_object();
    json_.member("open", epochs.open);
    duration("open_for_seconds", epochs.open_for);
    duration("passing_seconds", epochs.passing);
    duration("last_took_seconds", epochs.last_took);
    json_.member("committed", epochs.committed);
    duration("last_commit_took_seconds", epochs.last_commit_took);
    json_.member("snapshot_bytes", epochs.snapshot_bytes);
    json_.member("failed", epochs.failed);
    json_.end_object();
  }

  const RunStatus& now_;
  Detail detail_;
  RunStatus last_;                                                       // what it did in the last interval
  std::vector<nanoseconds> worker_time_;                                 // by worker, in that interval
  std::vector<std::optional<std::uint64_t>> items_{edge_items(now_)};    // by edge
  std::vector<std::optional<std::uint64_t>> lately_{edge_items(last_)};  // by edge, in that interval
  std::string holds_back_;
  std::string text_;
  JsonWriter json_{text_};
};

}  // namespace

std::string to_json(const RunStatus& now, const RunStatus& before, Detail detail) {
  return Document{now, before, detail}.text();
}

}  // namespace weir::detail::status
