#include "status/interval.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>

namespace weir::detail::status {
namespace {

// Estimates from samples may be corrected, so a later one may be less.
template <typename Value>
void count_from(Value& now, Value before) {
  now -= std::min(now, before);
}

bool is_earlier(const RunStatus& before, const RunStatus& now) {
  const auto same_step = [](const StepState& one, const StepState& other) {
    return one.id == other.id && one.workers.size() == other.workers.size();
  };
  return before.elapsed < now.elapsed && before.workers.size() == now.workers.size() &&
         before.edges.size() == now.edges.size() && std::ranges::equal(before.steps, now.steps, same_step) &&
         before.epochs.failed == now.epochs.failed;  // a restart counts anew
}

void count_from(StepState& now, const StepState& before) {
  for (std::size_t worker = 0; worker < now.workers.size(); ++worker) {
    StepOnWorker& to = now.workers[worker];
    const StepOnWorker& from = before.workers[worker];
    count_from(to.items, from.items);
    count_from(to.working, from.working);
    count_from(to.serializing, from.serializing);
    count_from(to.deserializing, from.deserializing);
  }
  now.latency -= before.latency;
  for (auto& [name, count] : now.counters) {
    const auto earlier = before.counters.find(name);
    count_from(count, earlier == before.counters.end() ? 0 : earlier->second);
  }
}

}  // namespace

RunStatus since(const RunStatus& before, const RunStatus& now) {
  [[maybe_unused]] const auto has_all_workers = [&now](const StepState& step) {
    return step.workers.size() == now.workers.size();
  };
  assert(std::ranges::all_of(now.steps, has_all_workers) && "each step has a state on each worker");
  RunStatus run = now;
  if (!is_earlier(before, now)) {
    return run;
  }
  run.elapsed -= before.elapsed;
  for (std::size_t worker = 0; worker < run.workers.size(); ++worker) {
    count_from(run.workers[worker].runtime, before.workers[worker].runtime);
    count_from(run.workers[worker].waiting_for_input, before.workers[worker].waiting_for_input);
    count_from(run.workers[worker].waiting_for_room, before.workers[worker].waiting_for_room);
  }
  for (std::size_t step = 0; step < run.steps.size(); ++step) {
    count_from(run.steps[step], before.steps[step]);
  }
  for (std::size_t edge = 0; edge < run.edges.size(); ++edge) {
    count_from(run.edges[edge].bytes, before.edges[edge].bytes);
  }
  return run;
}

nanoseconds time_of_worker(const RunStatus& run, std::size_t worker) {
  const WorkerState& state = run.workers[worker];
  nanoseconds time = state.runtime + state.waiting_for_input + state.waiting_for_room;
  for (const StepState& step : run.steps) {
    const StepOnWorker& here = step.workers[worker];
    time += here.working + here.serializing + here.deserializing;
  }
  return time;
}

double in_seconds(nanoseconds time) noexcept { return std::chrono::duration<double>{time}.count(); }

double per_second(std::uint64_t count, nanoseconds time) noexcept {
  return time <= nanoseconds{} ? 0 : static_cast<double>(count) / in_seconds(time);
}

double share(nanoseconds part, nanoseconds whole) noexcept {
  return whole <= nanoseconds{} ? 0 : std::clamp(in_seconds(part) / in_seconds(whole), 0.0, 1.0);
}

double rounded(double number) noexcept { return std::round(number * 1000) / 1000; }

nanoseconds time_between(Time from, Time to) noexcept {
  if (to <= from) {
    return nanoseconds{};
  }
  const bool too_far = from < Time{} && to.time_since_epoch() > nanoseconds::max() + from.time_since_epoch();
  return too_far ? nanoseconds::max() : to - from;
}

}  // namespace weir::detail::status
