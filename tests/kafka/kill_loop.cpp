// Runs search_sessions from topic to topic on a real broker. Kills, pauses and stops it, and the broker if it is told
// to, again and again, and looks whether each user's figures are those of a run that nobody disturbed, once and in
// order.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "kafka/broker_fixture.hpp"
#include "kafka/loop_figures.hpp"
#include "kafka/loop_program.hpp"
#include "kafka/loop_round.hpp"
#include "kafka/topics.hpp"

namespace {

using namespace weir::tests::kafka;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    "Usage: kafka_kill_loop PROGRAM [--rounds N] [--seed S] [--faults program|broker|broker-kill] [--brief]\n"
    "PROGRAM    search_sessions\n"
    "--rounds   1 without it\n"
    "--seed     of the first round; the next one has the next number\n"
    "--faults   of the program: SIGKILL, SIGSTOP for up to 9 s, SIGTERM; broker: also restarts of the broker;\n"
    "           broker-kill: also a broker that is killed and started again\n"
    "--brief    less input, and fewer and shorter faults\n"
    "Exit codes: 1 if a round is wrong, or waits for ever and no broker was killed, 2 for a failure of its own, 77 "
    "where no broker can be had.\n";
constexpr int kNoBroker = 77;
constexpr auto kBrokerLasts = 20min;  // the fixture's ends after 30
constexpr std::size_t kShownLines = 40;

void show_end(const std::filesystem::path& log) {
  std::ifstream file{log};
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > kShownLines) {
      lines.pop_front();
    }
  }
  for (const std::string& line : lines) {
    std::printf("    %s\n", line.c_str());
  }
}

/// What an undisturbed run gives.
Figures undisturbed(const Job& job) {
  const std::string topic = create_topic(4, {}, "expected");
  LoopProgram program{command(job, topic, 2), job.folder / "log"};
  if (program.wait_for(kMostForEnd) != 0) {
    show_end(job.folder / "log");
    throw std::runtime_error{"the program does not run"};
  }
  return read_figures(topic);
}

/// All rounds; whether they are as they must be.
bool run(const Job& job) {
  Counts counts;
  std::uint64_t wrong = 0;
  std::uint64_t waiting = 0;
  Clock::time_point broker_since = Clock::now();
  for (std::uint64_t number = 0; number < job.options.rounds; ++number) {
    if (std::getenv("KAFKA_BOOTSTRAP") == nullptr && Clock::now() - broker_since > kBrokerLasts) {
      Broker::instance().restart();
      broker_since = Clock::now();
    }
    const Clock::time_point begun = Clock::now();
    Round round{job, job.options.seed + number};
    const Outcome outcome = round.run();
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begun).count();
    const char* const name = outcome == Outcome::kExact ? "exact" : outcome == Outcome::kWrong ? "WRONG" : "WAITS";
    std::printf("round %llu, seed %llu: %s; %s; %.1f s\n", static_cast<unsigned long long>(number + 1),
                static_cast<unsigned long long>(job.options.seed + number), name, round.counts().text().c_str(),
                static_cast<double>(took) / 1'000);
    if (outcome != Outcome::kExact) {
      std::printf("  %s; %s ends with\n", round.words().c_str(), round.log().c_str());
      show_end(round.log());
    }
    std::fflush(stdout);
    if (outcome == Outcome::kExact && round.counts().failures == 0) {
      std::filesystem::remove_all(round.folder());
    }
    counts.add(round.counts());
    wrong += outcome == Outcome::kWrong ? 1 : 0;
    waiting += outcome == Outcome::kWaits ? 1 : 0;
  }
  std::printf("%llu rounds, %llu wrong, %llu wait; %s\n", static_cast<unsigned long long>(job.options.rounds),
              static_cast<unsigned long long>(wrong), static_cast<unsigned long long>(waiting), counts.text().c_str());
  // A transaction whose end a killed broker forgot lets readers wait.
  return wrong == 0 && (waiting == 0 || job.options.faults == Faults::kBrokerKill);
}

std::optional<Options> read_options(int argc, char** argv) {
  const std::vector<std::string_view> arguments{argv + 1, argv + argc};
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--brief") {
      options.brief = true;
    } else if (!name.starts_with("-") && options.program.empty()) {
      options.program = name;
    } else if (i + 1 < arguments.size() && (name == "--rounds" || name == "--seed")) {
      (name == "--seed" ? options.seed : options.rounds) = std::strtoull(argv[++i + 1], nullptr, 10);
    } else if (i + 1 < arguments.size() && name == "--faults") {
      const std::string_view kind = arguments[++i];
      if (kind != "program" && kind != "broker" && kind != "broker-kill") {
        return std::nullopt;
      }
      options.faults = kind == "program" ? Faults::kProgram : kind == "broker" ? Faults::kBroker : Faults::kBrokerKill;
    } else {
      return std::nullopt;
    }
  }
  return options.program.empty() ? std::nullopt : std::optional{options};
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> options = read_options(argc, argv);
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    if (const std::string& missing = Broker::instance().missing(); !missing.empty()) {
      std::printf("skipped: %s\n", missing.c_str());
      return kNoBroker;
    }
    Job job{.options = *options};
    job.folder = std::filesystem::temp_directory_path() / ("weir_kafka_kill_loop_" + std::to_string(::getpid()));
    std::filesystem::create_directories(job.folder);
    job.events = write_events(job.options.brief ? 40 : 400);
    job.expected = undisturbed(job);
    const bool right = run(job);
    std::filesystem::remove(job.folder / "log");
    std::error_code kept;
    std::filesystem::remove(job.folder, kept);  // unless a round's log is in it
    return right ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "kafka_kill_loop: %s\n", failure.what());
    return 2;
  }
}
