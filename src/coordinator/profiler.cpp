#include "coordinator/profiler.hpp"

namespace weir::detail::coordinator {

Profiler::Profiler(std::size_t workers, std::size_t steps, runtime::Steady started)
    : seen_(workers, std::vector<std::chrono::nanoseconds>(
                         runtime::Activity::code(runtime::StepNumber{steps}, runtime::Activity::Kind::kWork))),
      ended_(workers),
      last_look_{started} {}

void Profiler::look(const std::vector<std::unique_ptr<worker::Worker>>& workers, runtime::Steady now) {
  for (std::size_t worker = 0; worker < workers.size(); ++worker) {
    if (!ended_[worker]) {
      seen_[worker][workers[worker]->activity().look()] += now - last_look_;
    }
  }
  last_look_ = now;
}

std::vector<WorkerProfile> Profiler::result(const graph::Plan& plan,
                                            const std::vector<worker::WorkerStatus>& told) const {
  const auto& steps = plan.graph().steps();
  std::vector<WorkerProfile> profiles;
  for (std::size_t index = 0; index < told.size(); ++index) {
    WorkerProfile profile{.runtime = time_of(index, runtime::Activity::kRuntime),
                          .waiting_for_input = time_of(index, runtime::Activity::kWaitsForInput),
                          .waiting_for_room = time_of(index, runtime::Activity::kWaitsForRoom),
                          .steps = {}};
    for (runtime::StepNumber step{0}; step < steps.size(); ++step.value) {
      profile.steps.push_back(
          {.step_id = steps[step].id,
           .working = time_of(index, runtime::Activity::code(step, runtime::Activity::Kind::kWork)),
           .serializing = time_of(index, runtime::Activity::code(step, runtime::Activity::Kind::kSerialize)),
           .deserializing = time_of(index, runtime::Activity::code(step, runtime::Activity::Kind::kDeserialize))});
    }
    for (const worker::StepView& step : told[index].steps) {
      profile.steps[step.step].items = step.items;
    }
    for (const worker::EdgeView& edge : told[index].edges) {
      profile.steps[plan.edges()[edge.edge].to_step].serialized_bytes += edge.sent_bytes;
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace weir::detail::coordinator
