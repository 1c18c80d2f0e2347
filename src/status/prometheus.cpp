#include "status/prometheus.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "status/lag.hpp"
#include "status/metrics_text.hpp"

namespace weir::detail::status {
namespace {

using Type = MetricsText::Type;

class Metrics {
 public:
  Metrics(const RunStatus& run, MetricsFormat format) : run_{run}, text_{run.dataflow, format} {
    for (const StepState& step : run.steps) {
      steps_.push_back(MetricsText::label("step", step.id));
    }
  }

  std::string text() && {
    of_the_run();
    of_workers();
    of_steps_by_worker();
    of_steps();
    of_channels();
    of_inputs();
    of_epochs();
    of_the_program();
    return std::move(text_).text();
  }

 private:
  void counter(std::string_view name, std::string_view help) { text_.family(Type::kCounter, name, help); }
  void gauge(std::string_view name, std::string_view help) { text_.family(Type::kGauge, name, help); }

  void of_the_run() {
    gauge("weir_run_start_timestamp_seconds", "When the workers of the run began, since 1970.");
    text_.sample({}, run_.now - run_.elapsed);
    gauge("weir_run_phase", "1 for the phase of the run, else 0.");
    const auto phase = [this](std::string_view name, RunStatus::Phase each) {
      text_.sample({.kind = name}, std::uint64_t{run_.phase == each ? 1U : 0U});
    };
    phase("running", RunStatus::Phase::kRunning);
    phase("stopping", RunStatus::Phase::kStopping);
    phase("restarting", RunStatus::Phase::kRestarting);
    phase("waiting", RunStatus::Phase::kWaiting);
    phase("ended", RunStatus::Phase::kEnded);
    counter("weir_restarts_total", "Restarts of the run after a failure.");
    text_.sample({}, run_.epochs.failed);
    of_the_application();
    gauge("weir_resident_memory_bytes", "Memory of the process.");
    text_.sample({}, run_.resident_bytes);
  }

  void of_the_application() {
    if (run_.application) {
      gauge("weir_application_shards", "Shards of the application that this process has.");
      text_.sample({}, std::uint64_t{run_.application->shards});
      gauge("weir_application_waiting",
            "1 while this process waits for shards, for the end of a transaction, or for brokers.");
      text_.sample({}, std::uint64_t{run_.application->waits_for.empty() ? 0U : 1U});
    }
  }

  void of_workers() {
    counter("weir_worker_runtime_seconds_total", "Time for which a worker decided what to do next.");
    for_each_worker(&WorkerState::runtime);
    counter("weir_worker_waiting_for_input_seconds_total", "Time for which a worker waited for input.");
    for_each_worker(&WorkerState::waiting_for_input);
    counter("weir_worker_waiting_for_room_seconds_total",
            "Time for which a worker waited for room in a channel to another worker.");
    for_each_worker(&WorkerState::waiting_for_room);
    gauge("weir_worker_silent_seconds", "Time since a worker last told of itself.");
    for_each_worker(&WorkerState::silent_for);
  }

  void for_each_worker(nanoseconds WorkerState::* time) {
    for (std::size_t worker = 0; worker < run_.workers.size(); ++worker) {
      text_.sample({.worker = worker}, run_.workers[worker].*time);
    }
  }

  void of_steps_by_worker() {
    counter("weir_step_items_total", "Items that a step took in; for an input, items that it made.");
    for_each_step(&StepOnWorker::items);
    counter("weir_step_working_seconds_total", "Time in the code of a step.");
    for_each_step(&StepOnWorker::working);
    counter("weir_step_serializing_seconds_total", "Time for writing items for a step on other workers.");
    for_each_step(&StepOnWorker::serializing);
    counter("weir_step_deserializing_seconds_total", "Time for reading items for a step from other workers.");
    for_each_step(&StepOnWorker::deserializing);
    gauge("weir_step_keys", "Keys that have state in a step.");
    for_each_step(&StepOnWorker::keys_held);
    gauge("weir_step_state_bytes", "Size of the entries of a step's tables, without memory that states own elsewhere.");
    for_each_step(&StepOnWorker::state_bytes);
  }

  template <typename Value>
  void for_each_step(Value StepOnWorker::* value) {
    const bool by_worker = !run_.is_wide();  // a series takes about 100 bytes
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      const std::vector<StepOnWorker>& workers = run_.steps[step].workers;
      Value sum{};
      for (std::size_t worker = 0; worker < workers.size(); ++worker) {
        sum += workers[worker].*value;
        if (by_worker) {
          text_.sample({.step = steps_[step], .worker = worker}, workers[worker].*value);
        }
      }
      if (!by_worker) {
        text_.sample({.step = steps_[step]}, sum);
      }
    }
  }

  void of_steps() {
    counter("weir_step_left_out_items_total",
            "Items that a step left out: too late, skipped at an error, or bad records.");
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      const StepState& state = run_.steps[step];
      if (const auto late = state.counters.find(kLate); late != state.counters.end()) {
        text_.sample({.step = steps_[step], .kind = "late"}, late->second);
      }
      if (state.op == "skipped" || state.op == "bad_records") {
        text_.sample({.step = steps_[step], .kind = state.op}, state.items());
      }
    }
    counter("weir_step_other_items_total", "Items by what a step found, such as hits, misses or without_row.");
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      for (const auto& [name, count] : run_.steps[step].counters) {
        if (name != kLate) {
          text_.sample({.step = steps_[step], .kind = name}, count);
        }
      }
    }
    text_.family(Type::kHistogram, "weir_latency_seconds", "Time of items from their source to an output.");
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      if (run_.steps[step].latency.count() > 0) {
        text_.histogram({.step = steps_[step]}, run_.steps[step].latency);
      }
    }
    gauge("weir_step_watermark_timestamp_seconds", "Event time of a step, since 1970; none before its first item.");
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      if (const std::optional<Time> watermark = run_.steps[step].watermark; event_time_lag(watermark, run_.now)) {
        text_.sample({.step = steps_[step]}, watermark);
      }
    }
  }

  // Of all edges that lead to a step, since a step reads them as one.
  void of_channels() {
    counter("weir_step_received_bytes_total", "Size of the items that other stages serialized for a step.");
    for_each_reader(&EdgeState::bytes);
    gauge("weir_step_buffers_in_flight", "Buffers that are full or under way in the channels to a step.");
    for_each_reader(&EdgeState::buffers_in_flight);
    gauge("weir_step_buffers", "Buffers that can be in flight in the channels to a step.");
    for_each_reader(&EdgeState::buffers);
    gauge("weir_step_held_bytes",
          "Memory of buffers for a step that are not sent yet: open ones, and those that wait for room.");
    for_each_reader(&EdgeState::held_bytes);
  }

  void for_each_reader(std::uint64_t EdgeState::* value) {
    std::map<std::size_t, std::uint64_t> sums;
    for (const EdgeState& edge : run_.edges) {
      if (edge.kind != EdgeState::Kind::kCall && edge.to < steps_.size()) {
        sums[edge.to] += edge.*value;
      }
    }
    for (const auto& [step, sum] : sums) {
      text_.sample({.step = steps_[step]}, sum);
    }
  }

  void of_inputs() {
    gauge("weir_input_partitions", "Partitions of an input, by whether they can bring items.");
    for_each_input([this](const MetricsText::Labels& labels, const StepState& input) {
      const auto ended = static_cast<std::uint64_t>(std::ranges::count(input.partitions, true, &PartitionState::ended));
      text_.sample({.step = labels.step, .kind = "open"}, input.partitions.size() - ended);
      text_.sample({.step = labels.step, .kind = "ended"}, ended);
    });
    gauge("weir_input_silent_seconds", "The longest time for which an open partition has brought nothing.");
    for_each_input([this](const MetricsText::Labels& labels, const StepState& input) {
      nanoseconds silent{};
      for (const PartitionState& partition : input.partitions) {
        silent = std::max(silent, partition.ended ? nanoseconds{} : partition.silent_for);
      }
      text_.sample(labels, silent);
    });
    gauge("weir_input_unread_bytes", "Size of what is there and not read, of inputs that count bytes.");
    for_each_input([this](const MetricsText::Labels& labels, const StepState& input) {
      text_.sample(labels, lag_of(input).bytes);
    });
    gauge("weir_input_unread_items", "Items that are there and not read, of inputs that count items.");
    for_each_input([this](const MetricsText::Labels& labels, const StepState& input) {
      text_.sample(labels, lag_of(input).items);
    });
  }

  template <typename Call>
  void for_each_input(Call call) {
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      if (run_.steps[step].op == "input") {
        call(MetricsText::Labels{.step = steps_[step]}, run_.steps[step]);
      }
    }
  }

  void of_epochs() {
    const EpochState& epochs = run_.epochs;
    counter("weir_epochs_total", "Epochs that were ordered closed.");
    text_.sample({}, epochs.open - std::min<std::uint64_t>(epochs.open, 1));
    gauge("weir_epoch_open_seconds", "Time for which the open epoch is open.");
    text_.sample({}, epochs.open_for);
    gauge("weir_epoch_passing_seconds", "Time for which an epoch passes the workers; 0 if none does.");
    text_.sample({}, epochs.passing.value_or(nanoseconds{}));
    gauge("weir_epoch_last_pass_seconds", "Time in which the last epoch passed all workers.");
    text_.sample({}, epochs.last_took);
    if (!run_.keeps_snapshots) {
      return;
    }
    counter("weir_epochs_committed_total", "Epochs whose snapshots are durable.");
    text_.sample({}, epochs.committed);
    gauge("weir_snapshot_last_commit_seconds", "Time to write the last snapshot.");
    text_.sample({}, epochs.last_commit_took);
    gauge("weir_snapshot_last_bytes", "Size of the last snapshot.");
    text_.sample({}, epochs.snapshot_bytes);
  }

  // Steps may register the same metric; a family has the samples of all of them.
  void of_the_program() {
    using Kind = runtime::UserMetric::Kind;
    std::map<std::string, std::vector<std::pair<std::size_t, const OwnMetric*>>> families;
    for (std::size_t step = 0; step < run_.steps.size(); ++step) {
      for (const OwnMetric& metric : run_.steps[step].metrics) {
        const bool ends = metric.all.kind != Kind::kCounter || metric.all.name.ends_with("_total");
        families[metric.all.name + (ends ? "" : "_total")].emplace_back(step, &metric);
      }
    }
    for (const auto& [name, metrics] : families) {
      const runtime::UserMetric& first = metrics.front().second->all;
      text_.family(first.kind == Kind::kCounter ? Type::kCounter
                   : first.kind == Kind::kGauge ? Type::kGauge
                                                : Type::kHistogram,
                   name, first.help);
      for (const auto& [step, metric] : metrics) {
        if (metric->all.kind == first.kind) {
          own_samples(steps_[step], *metric);
        }
      }
    }
  }

  void own_samples(const std::string& step, const OwnMetric& metric) {
    if (metric.all.kind == runtime::UserMetric::Kind::kHistogram) {
      text_.histogram({.step = step}, metric.all);
      return;
    }
    for (std::size_t worker = 0; worker < metric.by_worker.size(); ++worker) {
      text_.sample({.step = step, .worker = worker}, metric.by_worker[worker]);
    }
  }

  static constexpr const char* kLate = "late_dropped";

  const RunStatus& run_;
  std::vector<std::string> steps_;  // their labels
  MetricsText text_;
};

}  // namespace

std::string to_prometheus(const RunStatus& run, bool openmetrics) {
  return Metrics{run, openmetrics ? MetricsFormat::kOpenMetrics : MetricsFormat::kPrometheus}.text();
}

}  // namespace weir::detail::status
