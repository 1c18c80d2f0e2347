#include "weir/run_main.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <boost/asio/signal_set.hpp>

#include "coordinator/exit_code.hpp"
#include "coordinator/profile_table.hpp"
#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"
#include "coordinator/threaded_run.hpp"
#include "graph/mermaid.hpp"
#include "graph/plan.hpp"
#include "recovery/exit_code.hpp"

namespace weir {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

/// Keeps SIGINT and SIGTERM back for as long as nobody can handle them: they are neither lost nor the end of the
/// program.
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;
  // One that came behind the end of the run asked for what is done.
  ~SignalsHeldBack() {
    const sigset_t signals = stop_signals();
    const timespec at_once{};
    while (::sigtimedwait(&signals, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  static void let_through() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }
  static void hold_back() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }

 private:
  sigset_t before_{};
};

/// Turns the first SIGINT or SIGTERM into a stop and the second into a cut.
class Signals {
 public:
  Signals(coordinator::ThreadedRun& run, spdlog::logger& log)
      : run_{&run}, log_{&log}, set_{run.context(), SIGINT, SIGTERM} {
    wait();
    SignalsHeldBack::let_through();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { SignalsHeldBack::hold_back(); }

 private:
  void wait() {
    set_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) {
        return;
      }
      if (asked_) {
        log_->warn("signal {} again: stopping at once", signal);
        run_->cut();
      } else {
        log_->info("signal {}", signal);
        asked_ = true;
        run_->request_stop();
      }
      wait();
    });
  }

  coordinator::ThreadedRun* run_;
  spdlog::logger* log_;
  boost::asio::signal_set set_;
  bool asked_ = false;
};

void say_what_is_left(const RunReport& report) {
  for (const StepReport& step : report.steps) {
    if (step.op == "bad_records" && step.items > 0) {
      fmt::print(stderr, "step \"{}\": {} {} left out\n", step.step_id, step.items,
                 step.items == 1 ? "record that could not be used was" : "records that could not be used were");
    }
    if (step.op == "skipped" && step.items > 0) {
      const std::string_view guarded = std::string_view{step.step_id}.substr(0, step.step_id.rfind('.'));
      fmt::print(stderr, "step \"{}\": {} {} left out\n", guarded, step.items,
                 step.items == 1 ? "item at which its logic threw was" : "items at which its logic threw were");
    }
    if (const auto late = step.counters.find("late_dropped"); late != step.counters.end() && late->second > 0) {
      fmt::print(stderr, "step \"{}\": {} left out\n", step.step_id,
                 late->second == 1 ? "1 item that came too late was"
                                   : fmt::format("{} items that came too late were", late->second));
    }
    if (step.keys_held > 0 && report.outcome == Outcome::kDone) {
      fmt::print(stderr, "step \"{}\": {} {} still open at the end of the input\n", step.step_id, step.keys_held,
                 step.keys_held == 1 ? "key was" : "keys were");
    }
  }
}

int run_and_report(const Dataflow& flow, const Flags& flags) {
  const detail::Graph& graph = RunAccess::graph(flow);
  if (flags.graph() == "mermaid") {
    fmt::print("{}", graph::to_mermaid(graph::Plan{graph}));
    return kDoneExit;
  }
  const auto log = std::make_shared<spdlog::logger>(flow.name(), std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(spdlog::level::from_str(flags.log_level()));
  // A reader that goes away, or a file that becomes too large, is an error of the write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  coordinator::Supervisor supervisor{graph, flags.options(), log, [&log](coordinator::ThreadedRun& run) {
                                       return std::make_shared<Signals>(run, *log);
                                     }};
  const RunReport report = supervisor.execute();
  say_what_is_left(report);
  if (!report.profile.empty()) {
    fmt::print(stderr, "{}", coordinator::profile_table(report));
  }
  return report.outcome == Outcome::kCut ? kCutExit : kDoneExit;
}

// The last line that a failing program writes.
int explain(std::string_view program, const std::exception& error, int exit) {
  fmt::print(stderr, "{}: {}\n", program, error.what());
  return exit;
}

}  // namespace

int run_main(Flags& flags, int argc, const char* const* argv, const std::function<Dataflow()>& build) {
  const std::string_view path = argc > 0 ? argv[0] : "weir";
  const std::string_view program = path.substr(path.rfind('/') + 1);
  const SignalsHeldBack until_they_are_handled;
  try {
    if (const std::optional<int> exit = flags.parse(argc, argv)) {
      return *exit;
    }
    const Dataflow flow = build();
    return run_and_report(flow, flags);
  } catch (const UsageError& error) {
    return explain(program, error, kUsageExit);
  } catch (const RecoveryError& error) {
    return explain(program, error, recovery::exit_code(error));
  } catch (const std::exception& error) {
    return explain(program, error, kFailedExit);
  }
}

int run_main(Dataflow flow, int argc, const char* const* argv) {
  Flags flags{flow.name(), "A dataflow of weir."};
  return run_main(flags, argc, argv, [&flow] { return std::move(flow); });
}

}  // namespace weir
