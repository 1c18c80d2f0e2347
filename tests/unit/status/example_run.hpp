#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// The workload of a step on each worker, for a second: its items, and the part of the time that it takes.
struct Load {
  std::vector<std::uint64_t> items;
  std::vector<double> working;
  double serializing = 0;
  double deserializing = 0;
};

inline std::chrono::nanoseconds part_of(std::chrono::seconds time, double part) {
  return std::chrono::round<std::chrono::nanoseconds>(time * part);
}

inline StepState step_after(std::chrono::seconds elapsed, std::string id, std::string op, std::size_t stage,
                            const Load& load) {
  StepState step{.id = std::move(id), .op = std::move(op), .stage = stage, .workers = {}};
  for (std::size_t worker = 0; worker < load.items.size(); ++worker) {
    const bool works = load.working[worker] > 0;
    step.workers.push_back({.items = load.items[worker] * static_cast<std::uint64_t>(elapsed.count()),
                            .working = part_of(elapsed, load.working[worker]),
                            .serializing = part_of(elapsed, works ? load.serializing : 0),
                            .deserializing = part_of(elapsed, works ? load.deserializing : 0)});
  }
  return step;
}

/// Four workers read eight event logs, fold each user's searches, and write figures to one file.
inline RunStatus search_sessions_after(std::chrono::seconds elapsed) {
  using namespace std::chrono_literals;
  const auto seconds = static_cast<std::uint64_t>(elapsed.count());
  RunStatus run{.dataflow = "search_sessions", .resumed = true, .keeps_snapshots = true, .elapsed = elapsed};
  run.now = Time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 2}} + 8h + elapsed;
  run.steps = {
      step_after(elapsed, "hits", "input", 0, {{52'000, 49'000, 51'500, 48'000}, {0.31, 0.29, 0.30, 0.29}}),
      step_after(elapsed, "by_user", "key_on", 0, {{52'000, 49'000, 51'500, 48'000}, {0.04, 0.04, 0.04, 0.04}}),
      step_after(elapsed, "sessionizer", "reduce", 1,
                 {{50'500, 50'000, 49'800, 50'200}, {0.22, 0.21, 0.21, 0.22}, 0.09, 0.07}),
      step_after(elapsed, "figures", "flat_map", 1, {{10'100, 10'000, 9'960, 10'040}, {0.06, 0.06, 0.06, 0.06}}),
      step_after(elapsed, "out", "output", 2, {{40'100, 0, 0, 0}, {0.11, 0, 0, 0}, 0.01, 0.01}),
  };
  for (std::size_t file = 0; file < 8; ++file) {
    run.steps[0].partitions.push_back(
        {.name = "events-" + std::to_string(file) + ".jsonl",
         .worker = file % 4,
         .ended = file == 7,
         .silent_for = file == 7 ? std::chrono::nanoseconds{9s} : 0s,
         .progress = SourceProgress{.done = file == 7 ? 250'000'000 : 2'000'000 * seconds,
                                    .total = file == 7 ? 250'000'000U : 400'000'000U,
                                    .unit = SourceProgress::Unit::kBytes},
         .watermark = Time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + 10 * elapsed + 7 * file * 1s});
  }
  run.steps[2].watermark = run.steps[0].partitions[0].watermark;
  run.steps[2].counters = {{"late_dropped", 3 * seconds}};
  for (StepOnWorker& here : run.steps[2].workers) {
    here.keys_held = 75'000 + here.items / 1'000;
    here.state_bytes = here.keys_held * 96;
  }
  run.steps[4].latency.buckets[2] = 25 * seconds;
  run.steps[4].latency.buckets[3] = 14 * seconds;
  run.steps[4].latency.buckets[5] = seconds;
  run.steps[4].latency.sum = 215ms * seconds;
  run.edges = {
      {.from = 0, .to = 1},
      {.from = 1,
       .to = 2,
       .kind = EdgeState::Kind::kExchange,
       .bytes = 7'400'000 * seconds,
       .buffers_in_flight = 11,
       .buffers = 64},
      {.from = 2, .to = 3},
      {.from = 3,
       .to = 4,
       .kind = EdgeState::Kind::kExchange,
       .bytes = 361'000 * seconds,
       .buffers_in_flight = 2,
       .buffers = 64,
       .held_bytes = 1'200},
  };
  run.workers = {
      {part_of(elapsed, 0.03), part_of(elapsed, 0.04), part_of(elapsed, 0.01), 12ms, 2},
      {part_of(elapsed, 0.03), part_of(elapsed, 0.19), part_of(elapsed, 0.02), 9ms, 0},
      {part_of(elapsed, 0.03), part_of(elapsed, 0.18), part_of(elapsed, 0.02), 14ms, 0},
      {part_of(elapsed, 0.03), part_of(elapsed, 0.18), part_of(elapsed, 0.02), 11ms, std::nullopt},
  };
  run.epochs = {.open = 14,
                .open_for = 3s,
                .passing = std::nullopt,
                .last_took = 41ms,
                .committed = 13,
                .last_commit_took = 187ms,
                .snapshot_bytes = 5'120'000,
                .failed = 0};
  run.resident_bytes = 148'000'000;
  run.problems = {"input \"hits\": events-3.jsonl:1204:17: \"user\": expected a number, found \"u7\""};
  return run;
}

/// The same, and what it lacks of all there is.
inline RunStatus run_with_all_metrics() {
  using namespace std::chrono_literals;
  RunStatus run = search_sessions_after(130s);
  run.steps.push_back(
      {.id = "hits_bad", .op = "bad_records", .stage = 0, .workers = std::vector<StepOnWorker>(4, {.items = 2})});
  run.steps.push_back({.id = "names",
                       .op = "enrich_cached",
                       .stage = 0,
                       .workers = std::vector<StepOnWorker>(4),
                       .counters = {{"hits", 5}, {"misses", 6}}});
  run.steps[0].partitions.push_back({.name = "queue", .progress = SourceProgress{.done = 3, .total = 8}});
  run.application = ApplicationState{.shards = 3, .of_shards = 8, .keys = 12'000};
  return run;
}

}  // namespace weir::detail::status
