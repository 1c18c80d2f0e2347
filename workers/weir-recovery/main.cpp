// Looks into recovery directories, and the state of applications in Kafka: what is kept, whether it is sound, the
// states themselves.

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "recovery/exit_code.hpp"
#include "recovery/shape_json.hpp"
#include "recovery/sqlite_store.hpp"
#include "weir-recovery/application.hpp"
#include "weir/errors.hpp"
#include "weir/version.hpp"

namespace {

using weir::detail::recovery::Contents;
using weir::detail::recovery::SqliteStore;
using weir::detail::recovery::StepKind;
using weir::detail::recovery::StepStatistics;

/// What the command line asks for.
struct Question {
  std::string directory;
  ApplicationName application;
  std::string step;

  [[nodiscard]] bool of_application() const { return !application.id.empty(); }
};

SqliteStore open(const Question& question) {
  if (!SqliteStore::is_at(question.directory)) {
    throw weir::UsageError{fmt::format("\"{}\" is no recovery directory; name one that a run was given by --recovery",
                                       question.directory)};
  }
  return SqliteStore{question.directory};
}

void show_step(const StepStatistics& step) {
  switch (step.step.kind) {
    case StepKind::kKeyed:
      fmt::print("  {} ({}): {} keys, {} bytes, folded {}, changes {}; {}\n", step.step.id, step.step.op, step.keys,
                 step.live_bytes, step.base_bytes, step.change_bytes, step.step.shape);
      break;
    case StepKind::kSource:
      fmt::print("  {} ({}): positions of {} partitions\n", step.step.id, step.step.op, step.marks);
      break;
    case StepKind::kSink:
      fmt::print("  {} ({}): tokens of {} partitions\n", step.step.id, step.step.op, step.marks);
      break;
  }
}

void show(const Question& question) {
  if (question.of_application()) {
    show_application(question.application);
    return;
  }
  SqliteStore store = open(question);
  const Contents contents = store.contents();
  if (contents.flow.empty()) {
    fmt::print("No epoch is complete.\n");
    return;
  }
  fmt::print("dataflow {}\nepoch {}{}\nexecutions {}\n", contents.flow, contents.epoch.value,
             contents.closed ? ", the input had ended" : "", contents.execution);
  const auto unfolded = store.unfolded_epochs();
  if (!unfolded.empty()) {
    fmt::print("changes of {} epochs, {} to {}, wait to be folded\n", unfolded.size(), unfolded.front().value,
               unfolded.back().value);
  }
  fmt::print("steps\n");
  for (const StepStatistics& step : store.statistics()) {
    show_step(step);
  }
}

void verify(const Question& question) {
  if (question.of_application()) {
    verify_application(question.application);
    return;
  }
  open(question).verify();
  fmt::print("All checksums are right.\n");
}

void export_states(const Question& question) {
  if (question.of_application()) {
    export_application(question.application, question.step);
    return;
  }
  SqliteStore store = open(question);
  for (const auto& step : store.contents().steps) {
    if (step.id != question.step || step.kind != StepKind::kKeyed) {
      continue;
    }
    const std::size_t arrow = step.shape.find(" -> ");
    const std::string key_shape = step.shape.substr(0, arrow);
    const std::string state_shape = step.shape.substr(arrow + 4);
    store.load(step.id, [&](const weir::detail::snapshot::StateRecord& record) {
      fmt::print("{{\"key\":{},\"state\":{}}}\n", weir::detail::recovery::json_of(key_shape, record.key),
                 weir::detail::recovery::json_of(state_shape, *record.state));
    });
    return;
  }
  throw weir::UsageError{fmt::format("\"{}\" keeps no states of a step \"{}\"; see weir-recovery show",
                                     question.directory, question.step)};
}

void compact(const Question& question) {
  open(question).compact_all();
  fmt::print("All changes are folded.\n");
}

// The arguments without a flag are a directory and a step, or with --application a step alone.
void settle(Question& question, bool has_step) {
  if (question.of_application() && has_step && question.step.empty()) {
    std::swap(question.directory, question.step);
  }
  if (question.of_application() && !question.directory.empty()) {
    throw weir::UsageError{"name a recovery directory or an application, not both; see --help"};
  }
  if (!question.of_application() && question.directory.empty()) {
    throw weir::UsageError{"DIRECTORY is required, or --kafka and --application; see --help"};
  }
  if (has_step && question.step.empty()) {
    throw weir::UsageError{"STEP is required; see --help"};
  }
}

void add_command(CLI::App& app, Question& question, const std::string& name, const std::string& help,
                 void (*answer)(const Question&)) {
  CLI::App* const command = app.add_subcommand(name, help);
  command->add_option("DIRECTORY", question.directory, "What a run was given by --recovery; none with --application");
  if (name == "export") {
    command->add_option("STEP", question.step, "A keyed step's id");
  }
  if (name != "compact") {  // a running application does that by itself
    CLI::Option* const id =
        command->add_option("--application", question.application.id, "An application, in place of a directory");
    CLI::Option* const brokers =
        command->add_option("--kafka", question.application.brokers, "Its Kafka cluster: HOST:PORT of a broker");
    command->add_option("--kafka-config", question.application.config, "A file with properties of librdkafka")
        ->needs(brokers);
    id->needs(brokers);
    brokers->needs(id);
  }
  const bool has_step = name == "export";
  command->callback([&question, has_step, answer] {
    settle(question, has_step);
    answer(question);
  });
}

int answer(int argc, char** argv) {
  CLI::App app{"Looks into recovery directories that no run is using.", "weir-recovery"};
  app.set_version_flag("--version", fmt::format("weir-recovery (weir {})\n{}", weir::version(), weir::build_facts()));
  Question question;
  add_command(app, question, "show", "Epochs, steps, numbers of keys and sizes", show);
  add_command(app, question, "verify", "Look at every checksum", verify);
  add_command(app, question, "export", "A step's states, as JSON Lines", export_states);
  add_command(app, question, "compact", "Fold all changes into the states, and give free room back", compact);
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw std::system_error{errno, std::generic_category(), "standard output cannot be written"};
    }
    return 0;
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& mistake) {
    throw weir::UsageError{std::string{mistake.what()} + "; see --help"};
  }
}

int explain(const std::exception& error, int exit) {
  std::fprintf(stderr, "weir-recovery: %s\n", error.what());
  return exit;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return answer(argc, argv);
  } catch (const weir::UsageError& error) {
    return explain(error, 2);
  } catch (const weir::RecoveryError& error) {
    return explain(error, weir::detail::recovery::exit_code(error));
  } catch (const std::exception& error) {
    return explain(error, 1);
  }
}
