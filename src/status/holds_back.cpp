#include "status/holds_back.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "status/interval.hpp"
#include "status/stalled_partition.hpp"
#include "status/words.hpp"

namespace weir::detail::status {
namespace {

using Sentence = std::optional<std::string>;
using Limit = HoldsBack;

class Finder {
 public:
  Finder(const RunStatus& now, const RunStatus& before) : now_{now}, last_{since(before, now)} {
    for (std::size_t worker = 0; worker < last_.workers.size(); ++worker) {
      time_.push_back(time_of_worker(last_, worker));
      all_time_ += time_.back();
      const WorkerState& state = last_.workers[worker];
      waits_.push_back(share(state.waiting_for_input + state.waiting_for_room, time_.back()));
    }
  }

  [[nodiscard]] std::string sentence() const {
    if (now_.phase == RunStatus::Phase::kEnded) {
      return "the run has ended";
    }
    if (now_.phase == RunStatus::Phase::kRestarting) {
      return "the run has failed and restarts";
    }
    if (now_.phase == RunStatus::Phase::kWaiting) {
      return "this process waits for " + (now_.application ? now_.application->waits_for : std::string{"shards"});
    }
    for (const auto rule : {&Finder::code_that_does_not_return, &Finder::no_input, &Finder::stalled_partition,
                            &Finder::slow_store, &Finder::uneven_keys, &Finder::slow_step, &Finder::busy_worker,
                            &Finder::full_channels, &Finder::serialization}) {
      if (Sentence found = (this->*rule)()) {
        return *std::move(found) + who_has_ended();
      }
    }
    return nothing() + who_has_ended();
  }

 private:
  struct Busiest {
    double share = 0;
    std::size_t step = 0;
    std::size_t worker = 0;
  };

  [[nodiscard]] std::string name(std::size_t step) const { return in_quotes(now_.steps[step].id); }

  // `; worker 1 has ended`: else one would look for a reason why it does nothing.
  [[nodiscard]] std::string who_has_ended() const {
    constexpr std::size_t kNamed = 4;
    std::string names;
    std::size_t ended = 0;
    for (std::size_t worker = 0; worker < now_.workers.size(); ++worker) {
      if (now_.workers[worker].ended && ++ended <= kNamed) {
        names += fmt::format("{}{}", ended == 1 ? " " : ", ", worker);
      }
    }
    if (ended == 0) {
      return {};
    }
    return ended == 1       ? fmt::format("; worker{} has ended", names)
           : ended > kNamed ? fmt::format("; {} workers have ended", ended)
                            : fmt::format("; workers{} have ended", names);
  }

  [[nodiscard]] bool several_workers() const { return now_.workers.size() > 1; }

  [[nodiscard]] double working(std::size_t step, std::size_t worker) const {
    return share(last_.steps[step].workers[worker].working, time_[worker]);
  }

  [[nodiscard]] double working(std::size_t step) const {
    nanoseconds sum{};
    for (const StepOnWorker& here : last_.steps[step].workers) {
      sum += here.working;
    }
    return share(sum, all_time_);
  }

  [[nodiscard]] Sentence code_that_does_not_return() const {
    const auto worker = std::ranges::max_element(
        now_.workers, {}, [](const WorkerState& state) { return state.step ? state.silent_for : nanoseconds{}; });
    if (worker == now_.workers.end() || !worker->step || *worker->step >= now_.steps.size() ||
        worker->silent_for < Limit::kSilent) {
      return std::nullopt;
    }
    return fmt::format("worker {} has not answered for {}: the code of {} does not return",
                       worker - now_.workers.begin(), time_text(worker->silent_for), name(*worker->step));
  }

  [[nodiscard]] Sentence no_input() const {
    const auto waits_for_input = [this](std::size_t worker) {
      return share(last_.workers[worker].waiting_for_input, time_[worker]) >= Limit::kIdle;
    };
    bool any = false;
    for (std::size_t worker = 0; worker < time_.size(); ++worker) {
      any = any || is_known(worker);
      if (is_known(worker) && !waits_for_input(worker)) {
        return std::nullopt;
      }
    }
    if (!any || last_.items_in() > 0) {
      return std::nullopt;
    }
    return at_end() ? "all inputs are at their end" : "the input brings nothing; all steps wait";
  }

  [[nodiscard]] bool at_end() const {
    bool any = false;
    for (const StepState& step : now_.steps) {
      any = any || !step.partitions.empty();
      if (!std::ranges::all_of(step.partitions, &PartitionState::ended)) {
        return false;
      }
    }
    return any;
  }

  [[nodiscard]] Sentence stalled_partition() const {
    const std::optional<StalledPartition> stalled = find_stalled(now_, Limit::kStalled);
    if (!stalled) {
      return std::nullopt;
    }
    return fmt::format("partition {} of {}{} has brought nothing for {} and holds event time back{}",
                       in_quotes(stalled->partition->name), in_quotes(stalled->input->id),
                       several_workers() ? fmt::format(" on worker {}", stalled->partition->worker) : std::string{},
                       time_text(stalled->partition->silent_for),
                       stalled->behind ? " by " + time_text(*stalled->behind) : std::string{});
  }

  [[nodiscard]] Sentence slow_store() const {
    const EpochState& epochs = now_.epochs;
    if (!now_.keeps_snapshots || epochs.passing || epochs.open < epochs.committed + 1 + Limit::kUncommitted) {
      return std::nullopt;
    }
    return fmt::format("the snapshot store is too slow: {} epochs wait for it{}", epochs.open - epochs.committed - 1,
                       epochs.last_commit_took
                           ? fmt::format(", and the last one took {} to write", time_text(*epochs.last_commit_took))
                           : std::string{});
  }

  [[nodiscard]] bool is_keyed(std::size_t step) const {
    const auto leads_here = [step](const EdgeState& edge) {
      return edge.to == step && edge.kind == EdgeState::Kind::kExchange;
    };
    return now_.steps[step].op != "output" && std::ranges::any_of(now_.edges, leads_here);
  }

  // The worker that has so many more items of a step than the others that these wait for it.
  [[nodiscard]] std::optional<std::size_t> overloaded_worker(std::size_t step) const {
    const std::vector<StepOnWorker>& here = last_.steps[step].workers;
    const auto most = static_cast<std::size_t>(std::ranges::max_element(here, {}, &StepOnWorker::items) - here.begin());
    const auto items = static_cast<double>(here[most].items);
    const double others = static_cast<double>(last_.steps[step].items()) - items;
    const bool uneven = items > 0 && items * static_cast<double>(here.size() - 1) >= Limit::kUneven * others;
    return uneven && others_wait(most) && is_busy(most) ? std::optional{most} : std::nullopt;
  }

  [[nodiscard]] bool is_busy(std::size_t worker) const {
    return is_known(worker) && waits_[worker] <= Limit::kFullyBusy;
  }

  // Whether it is known what the worker does now.
  [[nodiscard]] bool is_known(std::size_t worker) const {
    return time_[worker] > nanoseconds{} && !now_.workers[worker].ended;
  }

  [[nodiscard]] Sentence uneven_keys() const {
    Busiest found;
    for (std::size_t step = 0; several_workers() && step < last_.steps.size(); ++step) {
      if (!is_keyed(step)) {
        continue;
      }
      const std::optional<std::size_t> worker = overloaded_worker(step);
      if (worker && working(step, *worker) > found.share) {
        found = {working(step, *worker), step, *worker};
      }
    }
    if (found.share == 0) {
      return std::nullopt;
    }
    const StepState& step = last_.steps[found.step];
    const double part = static_cast<double>(step.workers[found.worker].items) / static_cast<double>(step.items());
    return fmt::format("worker {} has {} of the items of {}; its keys are unevenly loaded", found.worker,
                       percent_text(part), name(found.step));
  }

  // The step that takes most of the time of a worker that is busy throughout.
  [[nodiscard]] Sentence slow_step() const {
    Busiest found;
    for (std::size_t step = 0; step < last_.steps.size(); ++step) {
      for (std::size_t worker = 0; worker < time_.size(); ++worker) {
        if (is_busy(worker) && working(step, worker) > found.share) {
          found = {working(step, worker), step, worker};
        }
      }
    }
    if (found.share < Limit::kTakesMost) {
      return std::nullopt;
    }
    if (!several_workers()) {
      return fmt::format("{} takes {} of the time; {}", name(found.step), percent_text(found.share),
                         who_waits(found.step));
    }
    if (slows_all(found.step)) {
      return fmt::format("{} takes {} of the time of all workers; {}", name(found.step),
                         percent_text(working(found.step)), who_waits(found.step));
    }
    return fmt::format("{} on worker {} takes {} of the time; {}", name(found.step), found.worker,
                       percent_text(found.share), who_waits(found.step));
  }

  [[nodiscard]] bool slows_all(std::size_t step) const {
    for (std::size_t worker = 0; worker < time_.size(); ++worker) {
      if (!is_busy(worker) || working(step, worker) < Limit::kTakesMost) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] std::string_view who_waits(std::size_t step) const {
    return now_.steps[step].op == "input" ? "the steps after it wait for it" : "the input waits for it";
  }

  // One worker has all the work of several steps, such as the only partition of an input.
  [[nodiscard]] Sentence busy_worker() const {
    std::size_t worker = 0;
    for (std::size_t other = 1; other < waits_.size(); ++other) {
      worker = is_known(other) && (!is_known(worker) || waits_[other] < waits_[worker]) ? other : worker;
    }
    if (!several_workers() || !is_busy(worker) || !others_wait(worker)) {
      return std::nullopt;
    }
    Busiest most;
    for (std::size_t step = 0; step < last_.steps.size(); ++step) {
      if (working(step, worker) > most.share) {
        most = {working(step, worker), step, worker};
      }
    }
    return most.share == 0
               ? std::nullopt
               : Sentence{fmt::format("worker {} is busy throughout, most of all in {} ({}); the others wait for it",
                                      worker, name(most.step), percent_text(most.share))};
  }

  [[nodiscard]] bool others_wait(std::size_t worker) const {
    double waits = 0;
    double others = 0;
    for (std::size_t other = 0; other < waits_.size(); ++other) {
      if (other != worker && !now_.workers[other].ended) {
        waits += waits_[other];
        others += 1;
      }
    }
    return others > 0 && waits >= Limit::kOthersWait * others;
  }

  // Workers wait for room, but no step is busy enough to be the cause: a sink is not ready for more.
  [[nodiscard]] Sentence full_channels() const {
    double waits = 0;
    for (std::size_t worker = 0; worker < time_.size(); ++worker) {
      waits = std::max(waits, share(last_.workers[worker].waiting_for_room, time_[worker]));
    }
    if (waits < Limit::kWaitsForRoom) {
      return std::nullopt;
    }
    const EdgeState* last_full = nullptr;
    for (const EdgeState& edge : now_.edges) {
      if (is_full(edge) && (last_full == nullptr || edge.to > last_full->to)) {
        last_full = &edge;
      }
    }
    if (last_full != nullptr) {
      return fmt::format("the channels to {} are full, and it takes their items slowly; the input waits for it",
                         name(last_full->to));
    }
    const auto is_output = [](const StepState& step) { return step.op == "output"; };
    const auto output = std::ranges::find_if(now_.steps, is_output);
    const bool only_one = std::ranges::count_if(now_.steps, is_output) == 1;
    return fmt::format("{} takes items slowly; the input waits for it", only_one ? in_quotes(output->id) : "an output");
  }

  // Some steps read on one worker only, and have no items in the channels to the others.
  [[nodiscard]] bool is_full(const EdgeState& edge) const {
    if (edge.buffers == 0 || edge.to >= now_.steps.size()) {
      return false;
    }
    const auto readers =
        std::ranges::count_if(now_.steps[edge.to].workers, [](const StepOnWorker& worker) { return worker.items > 0; });
    const double part = static_cast<double>(readers) / static_cast<double>(now_.workers.size());
    return readers > 0 &&
           static_cast<double>(edge.buffers_in_flight) >= Limit::kFull * part * static_cast<double>(edge.buffers);
  }

  [[nodiscard]] Sentence serialization() const {
    nanoseconds all{};
    Busiest most;
    for (std::size_t step = 0; step < last_.steps.size(); ++step) {
      nanoseconds here{};
      for (const StepOnWorker& on_worker : last_.steps[step].workers) {
        here += on_worker.serializing + on_worker.deserializing;
      }
      all += here;
      if (share(here, all_time_) > most.share) {
        most = {share(here, all_time_), step, 0};
      }
    }
    if (share(all, all_time_) < Limit::kSerializes) {
      return std::nullopt;
    }
    return fmt::format("serialization dominates: items between workers take {} of the time, those for {} {}",
                       percent_text(share(all, all_time_)), name(most.step), percent_text(most.share));
  }

  [[nodiscard]] std::string nothing() const {
    if (all_time_ == nanoseconds{}) {
      return "nothing is known yet of what the workers do";
    }
    double least = 1;
    double most = 0;
    for (std::size_t worker = 0; worker < time_.size(); ++worker) {
      if (is_known(worker)) {
        least = std::min(least, 1 - waits_[worker]);
        most = std::max(most, 1 - waits_[worker]);
      }
    }
    const std::string steps = busiest_steps();
    if (!several_workers()) {
      return fmt::format("nothing holds it back: the worker is busy for {} of the time{}", percent_text(most), steps);
    }
    if (most - least > Limit::kEqual) {
      return fmt::format("nothing holds it back: the workers are busy for {} to {} of the time{}", percent_text(least),
                         percent_text(most), steps);
    }
    return most < 1 - Limit::kFullyBusy
               ? fmt::format("nothing holds it back: the workers are busy for {} of the time, in equal parts{}",
                             percent_text((least + most) / 2), steps)
               : fmt::format("nothing holds it back: the workers are busy in equal parts{}", steps);
  }

  // ` ("a" 40 %, "b" 30 %)`
  [[nodiscard]] std::string busiest_steps() const {
    constexpr std::size_t kNamed = 3;
    constexpr double kWorthNaming = 0.05;
    std::vector<std::size_t> steps;
    for (std::size_t step = 0; step < last_.steps.size(); ++step) {
      if (working(step) >= kWorthNaming) {
        steps.push_back(step);
      }
    }
    std::ranges::stable_sort(steps, std::ranges::greater{}, [this](std::size_t step) { return working(step); });
    std::string text;
    for (std::size_t index = 0; index < std::min(steps.size(), kNamed); ++index) {
      text += fmt::format("{}{} {}", index == 0 ? " (" : ", ", name(steps[index]), percent_text(working(steps[index])));
    }
    return text.empty() ? text : text + ")";
  }

  const RunStatus& now_;
  RunStatus last_;                 // what it did in the last interval
  std::vector<nanoseconds> time_;  // of each worker, in that interval
  std::vector<double> waits_;      // the part of it for which the worker waits
  nanoseconds all_time_{};
};

}  // namespace

std::string what_holds_back(const RunStatus& now, const RunStatus& before) { return Finder{now, before}.sentence(); }

}  // namespace weir::detail::status
