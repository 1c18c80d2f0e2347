#include "weir/run_main.hpp"

#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "coordinator/application.hpp"
#include "coordinator/exit_code.hpp"
#include "coordinator/json_formatter.hpp"
#include "coordinator/message.hpp"
#include "coordinator/profile_table.hpp"
#include "coordinator/run_access.hpp"
#include "coordinator/run_views.hpp"
#include "coordinator/stop_signals.hpp"
#include "coordinator/supervisor.hpp"
#include "graph/outline.hpp"
#include "graph/picture.hpp"
#include "graph/plan.hpp"
#include "http/endpoint.hpp"
#include "os/standard_descriptors.hpp"
#include "recovery/exit_code.hpp"

namespace weir {
namespace {

using detail::coordinator::LogFormat;
using detail::coordinator::Messages;

std::string count_of(std::uint64_t count, std::string_view one, std::string_view more) {
  return count == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", count, more);
}

void say_what_was_left_out(const StepReport& step, const Messages& messages) {
  if (step.op == "bad_records" && step.items > 0) {
    messages.say("warn", "step \"{}\": {} left out", step.step_id,
                 count_of(step.items, "record that could not be used was", "records that could not be used were"));
  }
  if (step.op == "skipped" && step.items > 0) {
    const std::string_view guarded = std::string_view{step.step_id}.substr(0, step.step_id.rfind('.'));
    messages.say("warn", "step \"{}\": {} left out", guarded,
                 count_of(step.items, "item at which its logic threw was", "items at which its logic threw were"));
  }
  if (const auto late = step.counters.find("late_dropped"); late != step.counters.end() && late->second > 0) {
    messages.say("warn", "step \"{}\": {} left out", step.step_id,
                 count_of(late->second, "item that came too late was", "items that came too late were"));
  }
  if (const auto missed = step.counters.find("without_row"); missed != step.counters.end() && missed->second > 0) {
    messages.say("warn", "step \"{}\": {} no row in the table", step.step_id,
                 count_of(missed->second, "item found", "items found"));
  }
}

// Reports what was read and not emitted. A stop gives nothing up if a later run can resume.
void say_what_is_left(const RunReport& report, const RunOptions& options, const Messages& messages) {
  const bool stopped = report.outcome == Outcome::kDrained;
  const bool gives_up = stopped && options.recovery.empty() && options.application == nullptr;
  std::uint64_t read = 0;
  bool any = false;
  for (const StepReport& step : report.steps) {
    say_what_was_left_out(step, messages);
    read += step.op == "input" ? step.items : 0;
    if (step.keys_open > 0 && (gives_up || report.outcome == Outcome::kDone)) {
      any = true;
      messages.say("warn", "step \"{}\": {} still open {}", step.step_id,
                   count_of(step.keys_open, "key was", "keys were"),
                   stopped ? "when the run was stopped" : "at the end of the input");
    }
  }
  if (gives_up && any) {
    messages.say("warn", "stopped after {}: what was still open is given up{}; a run with --recovery resumes with it",
                 count_of(read, "item was read", "items were read"),
                 options.on_stop == OnStop::kDrop ? ", --on-stop emit emits it" : "");
  }
}

using detail::coordinator::RunViews;
using detail::coordinator::ShowProgress;
using detail::coordinator::ShowSummary;
using detail::coordinator::ViewOptions;

ViewOptions view_options(const Flags& flags) {
  ViewOptions options;
  const bool as_text = flags.log_format() == "text";  // lines of JSON have no place for a line that is written over
  options.progress = flags.progress() == "always"            ? ShowProgress::kAlways
                     : flags.progress() == "auto" && as_text ? ShowProgress::kAuto
                                                             : ShowProgress::kNever;
  options.summary = flags.summary() == "text"   ? ShowSummary::kText
                    : flags.summary() == "json" ? ShowSummary::kJson
                    : flags.summary() == "none" ? ShowSummary::kNone
                                                : ShowSummary::kAuto;
  if (!flags.http().empty()) {
    options.http = detail::http::Endpoint::parse(flags.http());
  }
  return options;
}

void say_where_it_shows(const RunViews& views, const Messages& messages) {
  if (const std::optional<detail::http::Endpoint> site = views.site()) {
    messages.say("info", "status page: http://{}/", site->text());
    if (!site->is_loopback()) {
      messages.say("warn", "whoever reaches {} reads the names and numbers of the dataflow there; there is no password",
                   site->text());
    }
  }
}

std::shared_ptr<spdlog::logger> log_of(const std::string& dataflow, const Flags& flags, RunViews& views) {
  const std::vector<spdlog::sink_ptr> sinks = views.sinks();
  auto log = std::make_shared<spdlog::logger>(dataflow, sinks.begin(), sinks.end());
  log->set_level(spdlog::level::from_str(flags.log_level()));
  if (flags.log_format() == "json") {
    log->set_formatter(std::make_unique<detail::coordinator::JsonFormatter>());
  }
  // Where standard error cannot be written, spdlog would say so there.
  log->set_error_handler([](const std::string& /*failure*/) {});
  return log;
}

int run_and_report(const Dataflow& flow, const Flags& flags, detail::coordinator::StopSignals& signals,
                   const Messages& messages) {
  const detail::graph::Graph& graph = RunAccess::graph(flow);
  if (!flags.graph().empty()) {
    const detail::graph::Outline outline = detail::graph::outline(detail::graph::Plan{graph});
    return detail::coordinator::show(messages, detail::graph::draw(outline, flags.graph()));
  }
  if (flags.options().application != nullptr) {
    if (const std::optional<std::string> answer = flags.options().application->answer(graph)) {
      return detail::coordinator::show(messages, *answer);
    }
  }
  RunViews views{view_options(flags)};
  say_where_it_shows(views, messages);
  RunOptions options = flags.options();
  options.stop = signals.stop();
  const auto enter = [&](detail::coordinator::Phase phase) { signals.enter(phase, options.drain_timeout); };
  detail::coordinator::Supervisor supervisor{graph,
                                             options,
                                             log_of(flow.name(), flags, views),
                                             {.cut = signals.cut(), .entered = enter, .watcher = views.watcher()}};
  const RunReport report = supervisor.execute();
  const int exit = report.outcome == Outcome::kCut ? kCutExit : kDoneExit;
  signals.ends_with(exit);
  say_what_is_left(report, options, messages);
  if (std::string summary = views.summary(); !summary.empty()) {
    while (summary.ends_with('\n')) {
      summary.pop_back();
    }
    messages.say("info", "{}", summary);
  }
  if (!report.profile.empty()) {
    std::string table = detail::coordinator::profile_table(report);
    table.pop_back();  // the line feed
    messages.say("info", "{}", table);
  }
  return exit;
}

// The last line that a failing program writes.
int explain(const Messages& messages, const std::exception& error, int exit) {
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  const bool no_descriptor = system != nullptr && system->code() == std::errc::too_many_files_open;
  messages.fail(error.what() + std::string{no_descriptor ? "; raise the limit on open files (ulimit -n)" : ""});
  return exit;
}

}  // namespace

int run_main(Flags& flags, int argc, const char* const* argv, const std::function<Dataflow()>& build) {
  const std::string_view path = argc > 0 ? argv[0] : "weir";
  const std::string program{path.substr(path.rfind('/') + 1)};
  Messages messages{program, LogFormat::kText};
  try {
    detail::os::keep_standard_descriptors();
    // A reader that goes away, or a file that becomes too large, is an error of the write, not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);  // the terminal is gone, and the run goes on
    detail::coordinator::StopSignals signals;
    if (const std::optional<int> exit = flags.parse(argc, argv)) {
      return *exit;
    }
    messages = Messages{program, flags.log_format() == "json" ? LogFormat::kJson : LogFormat::kText};
    const Dataflow flow = build();
    messages.about(flow.name());
    return run_and_report(flow, flags, signals, messages);
  } catch (const UsageError& error) {
    return explain(messages, error, kUsageExit);
  } catch (const RecoveryError& error) {
    return explain(messages, error, detail::recovery::exit_code(error));
  } catch (const std::bad_alloc&) {
    return explain(messages, std::runtime_error{"out of memory"}, kFailedExit);
  } catch (const std::exception& error) {
    return explain(messages, error, kFailedExit);
  } catch (...) {
    return explain(messages, std::runtime_error{"an exception that is no std::exception"}, kFailedExit);
  }
}

int run_main(Dataflow flow, int argc, const char* const* argv) {
  Flags flags{flow.name(), "A dataflow of weir."};
  return run_main(flags, argc, argv, [&flow] { return std::move(flow); });
}

}  // namespace weir
