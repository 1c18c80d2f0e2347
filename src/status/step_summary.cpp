#include "status/step_summary.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "status/holds_back.hpp"
#include "status/interval.hpp"

namespace weir::detail::status {
namespace {

// The step whose items `counting` counts, by the ids that error policies give such steps; nothing if it counts none.
std::optional<std::string_view> counted_step(const StepState& counting) {
  const std::string_view id = counting.id;
  if (counting.op == "skipped") {
    return id.substr(0, id.rfind('.'));
  }
  constexpr std::string_view kBad = "_bad";
  if (counting.op == "bad_records" && id.ends_with(kBad)) {
    return id.substr(0, id.size() - kBad.size());
  }
  return std::nullopt;
}

// What the step emitted, as those took it that take nothing else.
std::optional<std::uint64_t> items_out(const RunStatus& run, std::size_t step) {
  std::vector<std::size_t> outputs;  // those that are counted already: all takers of an output take the same items
  std::uint64_t items = 0;
  for (const EdgeState& edge : run.edges) {
    if (edge.from != step || std::ranges::count(outputs, edge.output) > 0) {
      continue;
    }
    const auto same_output = [&edge](const EdgeState& each) {
      return each.from == edge.from && each.output == edge.output;
    };
    const auto only_edge_to_step = [&run](const EdgeState& each) {
      return std::ranges::count(run.edges, each.to, &EdgeState::to) == 1;
    };
    const auto taker = std::ranges::find_if(run.edges, [&](const EdgeState& each) {
      return same_output(each) && only_edge_to_step(each) && each.to < run.steps.size();
    });
    if (taker == run.edges.end()) {
      return std::nullopt;
    }
    outputs.push_back(edge.output);
    items += run.steps[taker->to].items();
  }
  return outputs.empty() ? std::nullopt : std::optional{items};
}

}  // namespace

std::vector<StepSummary> summaries_of(const RunStatus& run) {
  nanoseconds all{};
  for (std::size_t worker = 0; worker < run.workers.size(); ++worker) {
    all += time_of_worker(run, worker);
  }
  std::vector<StepSummary> summaries;
  for (std::size_t index = 0; index < run.steps.size(); ++index) {
    const StepState& step = run.steps[index];
    if (counted_step(step)) {
      continue;
    }
    const auto late = step.counters.find("late_dropped");
    StepSummary summary{.id = step.id,
                        .op = step.op,
                        .items_in = step.items(),
                        .items_out = items_out(run, index),
                        .late = late == step.counters.end() ? 0 : late->second,
                        .keys_held = step.keys_held(),
                        .busy = step.busy(),
                        .share = status::share(step.busy(), all)};
    for (const StepState& counting : run.steps) {
      summary.skipped += counted_step(counting) == step.id ? counting.items() : 0;
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

const StepSummary* slowest_of(const std::vector<StepSummary>& steps) {
  const auto slowest = std::ranges::max_element(steps, {}, &StepSummary::busy);
  return slowest == steps.end() || slowest->busy == nanoseconds{} ? nullptr : &*slowest;
}

std::string what_held_back(const RunStatus& run) {
  // Only what adds up tells of the whole run.
  RunStatus whole = run;
  whole.phase = RunStatus::Phase::kRunning;
  whole.epochs = {};
  for (WorkerState& worker : whole.workers) {
    worker.step.reset();
    worker.ended = false;
  }
  for (StepState& step : whole.steps) {
    step.partitions.clear();
  }
  for (EdgeState& edge : whole.edges) {
    edge.held_bytes = 0;
    edge.buffers_in_flight = 0;
  }
  return what_holds_back(whole);
}

}  // namespace weir::detail::status
