#include "coordinator/run_log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::detail::coordinator {
namespace {

double milliseconds(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kDrained:
      return "drained";
    case Outcome::kCut:
      return "cut off";
    case Outcome::kUnread:
      return "ended, because the reader of its output closed it,";
  }
  return "";
}

std::string steps_of(const graph::Plan& plan, const graph::PlannedStage& stage) {
  std::string text;
  for (const runtime::StepNumber step : stage.steps) {
    text += text.empty() ? "" : ", ";
    text += plan.graph().steps()[step].id;
  }
  return text;
}

}  // namespace

RunLog::RunLog(std::shared_ptr<spdlog::logger> logger) : logger_{std::move(logger)} {
  if (logger_ == nullptr) {
    logger_ = std::make_shared<spdlog::logger>("weir");
    logger_->set_level(spdlog::level::off);
  }
}

void RunLog::started(const graph::Plan& plan, const RunOptions& options, std::size_t workers,
                     const exchange::ChannelSize& channels) const {
  logger_->info("running {} steps in {} stages on {} workers", plan.graph().steps().size(), plan.stages().size(),
                workers);
  logger_->debug("{} edges by {}, {} buffers of {} bytes a channel", plan.edges().size(),
                 options.exchange == ExchangeMode::kCereal ? "cereal" : "moving", channels.depth,
                 channels.buffer_bytes);
  for (std::size_t stage = 0; stage < plan.stages().size(); ++stage) {
    logger_->debug("stage {}: {}", stage, steps_of(plan, plan.stages()[stage]));
  }
}

void RunLog::read_order(const graph::Plan& plan, const Assembly& assembly) const {
  const auto& steps = plan.graph().steps();
  for (const Assembly::ReadAtOnce& each : assembly.read_at_once()) {
    const std::string advice =
        each.endless ? fmt::format(
                           "input \"{}\" may have no end; use TableRead::kFirst if it has one, TableRead::kAtOnce "
                           "to silence this",
                           steps[*each.endless].id)
                     : std::string{
                           "the table's input is also an input of the stream, or waits for one; give the table an "
                           "input of its own, or use TableRead::kAtOnce"};
    logger_->warn("step \"{}\" reads its table and its stream at once, so items may miss rows: {}", steps[each.step].id,
                  advice);
  }
}

void RunLog::pinned(WorkerIndex worker, WorkerCount workers, std::size_t core) const {
  logger_->debug("worker {} of {} is pinned to core {}", worker.value, workers.value, core);
}

void RunLog::not_pinned(WorkerIndex worker, WorkerCount workers, std::string_view reason) const {
  logger_->warn("worker {} of {} is not pinned: {}", worker.value, workers.value, reason);
}

void RunLog::epoch_passed(Epoch epoch, std::chrono::nanoseconds took) const {
  logger_->debug("epoch {} passed all workers {:.1f} ms after it was to close", epoch.value, milliseconds(took));
}

// Warns of output that a crash can duplicate, and of input that it can lose, before anything is emitted.
void RunLog::guarantees(const graph::Plan& plan, const Assembly& assembly) const {
  std::string at_least_once;
  for (const graph::StepSpec& step : plan.graph().steps()) {
    if (step.sink() != nullptr && !step.sink()->transactional) {
      at_least_once += (at_least_once.empty() ? "\"" : ", \"") + step.id + "\"";
    }
  }
  if (!at_least_once.empty()) {
    logger_->warn("at-least-once: after a crash, output of {} may come again; state is exactly-once", at_least_once);
  }
  for (const auto& worker : assembly.workers()) {
    for (const auto& stage : worker->stages()) {
      if (stage->source() != nullptr) {
        for (const std::string& partition : stage->source()->unreplayable()) {
          logger_->warn(
              "\"{}\" of input \"{}\" cannot be replayed: what is read since the newest snapshot is lost in a crash",
              partition, stage->source()->site().step_id);
        }
      }
    }
  }
}

// Warns, before anything is read, of stored positions whose partitions are gone.
void RunLog::unclaimed(const Assembly& assembly) const {
  for (const auto& stage : assembly.workers().front()->stages()) {
    if (stage->source() == nullptr || stage->source()->unclaimed().empty()) {
      continue;
    }
    const std::vector<std::string>& names = stage->source()->unclaimed();
    std::string some;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i) {
      some += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", names[i]);
    }
    logger_->warn(
        "input \"{}\" has no {}{} any more; the positions stored there are not used, and partitions with new names are "
        "read from their beginning",
        stage->source()->site().step_id, some,
        names.size() > 3 ? fmt::format(" and {} more", names.size() - 3) : std::string{});
  }
}

void RunLog::left_over(const Assembly& assembly) const {
  for (const auto& worker : assembly.workers()) {
    for (const auto& stage : worker->stages()) {
      if (stage->source() != nullptr) {
        for (const std::string& sentence : stage->source()->left_over()) {
          logger_->warn("input \"{}\": {}", stage->source()->site().step_id, sentence);
        }
      }
    }
  }
}

void RunLog::resumed(const graph::Plan& plan, const Recovery& recovery, const Assembly& assembly,
                     const std::string& directory) const {
  guarantees(plan, assembly);
  unclaimed(assembly);
  const Epoch last = recovery.plan().last;
  if (directory.empty()) {
    logger_->info("application: the last epoch that was committed is {}", last.value);
  } else if (last.value == 0) {
    logger_->info("recovery: \"{}\" holds no snapshot yet; starting from the beginning", directory);
  } else {
    logger_->info("recovery: resuming after epoch {} of \"{}\", execution {}", last.value, directory,
                  recovery.resume().execution());
  }
}

void RunLog::of_step(LogTarget::Level level, std::string_view step, std::string_view line) const {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn};
  logger_->log(kLevels[static_cast<std::size_t>(level)], "step \"{}\": {}", step, line);
}

void RunLog::restart_planned(std::string_view step, std::string_view reason) const {
  if (step.empty()) {
    logger_->info("application: {}; the run closes its epoch", reason);
  } else {
    logger_->info("step \"{}\": {}; the run closes its epoch and goes on with that", step, reason);
  }
}

void RunLog::dealt(const Placement& placement) const {
  logger_->info("application: this process has {} of {} shards: {}", placement.shards.size(), placement.count,
                fmt::join(placement.shards, ", "));
}

void RunLog::shares_lost(std::string_view reason) const {
  logger_->warn("application: {}; what is not committed is left to the next owner of the shards", reason);
}

void RunLog::restarted(const std::exception_ptr& failure, std::size_t restart, const RunOptions& options) const {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    logger_->warn("{}; restart {} of {} in {:.0f} ms", error.what(), restart, options.restarts,
                  milliseconds(options.restart_delay));
  }
}

void RunLog::epoch_committed(Epoch epoch) const { logger_->debug("epoch {} is committed", epoch.value); }

void RunLog::input_ended() const { logger_->info("all sources are at their end"); }

void RunLog::stop_requested(std::chrono::nanoseconds drain_timeout) const {
  logger_->info("stopping: emitting the items that were read, for at most {:.0f} ms", milliseconds(drain_timeout));
}

void RunLog::cut() const { logger_->warn("cut off before everything that was read was emitted"); }

void RunLog::failed() const { logger_->debug("a worker failed; the others stop"); }

void RunLog::ended(const RunReport& report, std::chrono::nanoseconds took) const {
  for (const StepReport& step : report.steps) {
    std::string counters;
    for (const auto& [name, count] : step.counters) {
      counters += fmt::format(", {} {}", count, name);
    }
    logger_->debug("step {} ({}): {} items, {} keys held{}", step.step_id, step.op, step.items, step.keys_held,
                   counters);
  }
  logger_->info("{} after {:.1f} ms", name_of(report.outcome), milliseconds(took));
}

}  // namespace weir::detail::coordinator
