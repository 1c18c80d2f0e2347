#include "coordinator/profiler.hpp"

#include <algorithm>

namespace weir::detail::coordinator {

Profiler::Profiler(std::size_t workers, std::size_t steps)
    : seen_(workers, std::vector<std::uint64_t>(
                         runtime::Activity::code(runtime::StepNumber{steps}, runtime::Activity::Kind::kWork))) {}

void Profiler::look(const std::vector<std::unique_ptr<worker::Worker>>& workers) {
  ++looks_;
  for (std::size_t worker = 0; worker < workers.size(); ++worker) {
    ++seen_[worker][workers[worker]->activity().look()];
  }
}

std::vector<WorkerProfile> Profiler::result(const graph::Plan& plan,
                                            const std::vector<std::unique_ptr<worker::Worker>>& workers,
                                            std::chrono::nanoseconds took) const {
  const auto& steps = plan.graph().steps();
  std::vector<WorkerProfile> profiles;
  for (std::size_t index = 0; index < workers.size(); ++index) {
    const auto time_of = [&](std::uint32_t activity) {
      return took * seen_[index][activity] / std::max<std::uint64_t>(looks_, 1);
    };
    WorkerProfile profile{.runtime = time_of(runtime::Activity::kRuntime),
                          .waiting_for_input = time_of(runtime::Activity::kWaitsForInput),
                          .waiting_for_room = time_of(runtime::Activity::kWaitsForRoom),
                          .steps = {}};
    for (runtime::StepNumber step{0}; step < steps.size(); ++step.value) {
      profile.steps.push_back(
          {.step_id = steps[step].id,
           .working = time_of(runtime::Activity::code(step, runtime::Activity::Kind::kWork)),
           .serializing = time_of(runtime::Activity::code(step, runtime::Activity::Kind::kSerialize)),
           .deserializing = time_of(runtime::Activity::code(step, runtime::Activity::Kind::kDeserialize))});
    }
    for (const auto& stage : workers[index]->stages()) {
      for (const auto& op : stage->operators()) {
        profile.steps[op->site().step].items += op->items();
      }
      for (const auto& sender : stage->senders()) {
        for (const exchange::Outbox& outbox : sender->outboxes()) {
          profile.steps[sender->site().step].serialized_bytes += outbox.sent_bytes();
        }
      }
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace weir::detail::coordinator
