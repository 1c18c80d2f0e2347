#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/utf8.hpp"
#include "status/application_words.hpp"
#include "status/interval.hpp"
#include "status/latency_json.hpp"
#include "status/step_summary.hpp"
#include "status/summary.hpp"
#include "weir/json.hpp"

namespace weir::detail::status {
namespace {

constexpr int kSummaryFormat = 1;

void write(JsonWriter& json, const StepSummary& step) {
  json.begin_object();
  json.member("id", codec::repaired_utf8(step.id));
  json.member("op", codec::repaired_utf8(step.op));
  json.member("items_in", step.items_in);
  json.member("items_out", step.items_out);
  json.member("late", step.late);
  json.member("skipped", step.skipped);
  json.member("keys_held", step.keys_held);
  json.member("busy_seconds", in_seconds(step.busy));
  json.member("busy_share", rounded(step.share));
  json.end_object();
}

void write_worker(JsonWriter& json, const RunStatus& run, std::size_t worker) {
  const WorkerState& state = run.workers[worker];
  const nanoseconds all = time_of_worker(run, worker);
  json.begin_object();
  json.member("busy_share", rounded(share(all - state.waiting_for_input - state.waiting_for_room, all)));
  json.member("waiting_for_input_share", rounded(share(state.waiting_for_input, all)));
  json.member("waiting_for_room_share", rounded(share(state.waiting_for_room, all)));
  json.end_object();
}

}  // namespace

std::string summary_json(const RunStatus& run) {
  const std::vector<StepSummary> steps = summaries_of(run);
  const StepSummary* const slowest = slowest_of(steps);
  std::string text;
  JsonWriter json{text};
  json.begin_object();
  json.member("format", kSummaryFormat);
  json.member("dataflow", codec::repaired_utf8(run.dataflow));
  json.member("elapsed_seconds", in_seconds(run.elapsed));
  json.member("items_in", run.items_in());
  json.member("items_in_per_second", rounded(per_second(run.items_in(), run.elapsed)));
  json.member("items_out", run.items_out());
  write_latency(json, run.latency());
  json.member("slowest_step", slowest == nullptr ? std::nullopt : std::optional{codec::repaired_utf8(slowest->id)});
  json.member("held_back", what_held_back(run));
  json.name("steps");
  json.begin_array();
  for (const StepSummary& step : steps) {
    write(json, step);
  }
  json.end_array();
  json.name("workers");
  json.begin_array();
  for (std::size_t worker = 0; worker < run.workers.size(); ++worker) {
    write_worker(json, run, worker);
  }
  json.end_array();
  json.member("restarts", run.epochs.failed);
  write_application(json, run.application);
  json.end_object();
  return text;
}

}  // namespace weir::detail::status
