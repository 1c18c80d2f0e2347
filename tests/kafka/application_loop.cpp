// Runs search_sessions as an application of three processes on a real broker. Kills, pauses and stops processes, starts
// others, and restarts or kills the broker if it is told to, and looks whether each user's figures are those of a run
// that nobody disturbed, once and in order.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "kafka/application_round.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/loop_figures.hpp"
#include "kafka/loop_program.hpp"
#include "kafka/topics.hpp"

namespace {

using namespace weir::tests::kafka;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kUsage =
    "Usage: kafka_application_loop PROGRAM [--rounds N] [--seed S] [--faults N] [--visits N] [--broker restart|kill]\n"
    "PROGRAM    search_sessions\n"
    "Exit codes: 1 if a round is wrong or waits for ever, 2 for a failure of its own, 77 where no broker can be had.\n";
constexpr int kNoBroker = 77;
constexpr auto kBrokerLasts = 20min;  // the fixture's ends after 30
constexpr int kShards = 8;

struct Options {
  std::uint64_t rounds = 1;
  std::uint64_t seed = 1;
  std::uint64_t visits = 60;
};

std::optional<Options> read_options(int argc, char** argv, ApplicationJob& job) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (!name.starts_with("-") && job.program.empty()) {
      job.program = name;
    } else if (i + 1 == argc) {
      return std::nullopt;
    } else if (name == "--broker") {
      const std::string_view kind = argv[++i];
      job.restarts_broker = kind == "restart";
      job.kills_broker = kind == "kill";
    } else {
      const std::uint64_t number = std::strtoull(argv[++i], nullptr, 10);
      if (name == "--rounds") {
        options.rounds = number;
      } else if (name == "--seed") {
        options.seed = number;
      } else if (name == "--faults") {
        job.faults = number;
      } else if (name == "--visits") {
        options.visits = number;
      } else {
        return std::nullopt;
      }
    }
  }
  return job.program.empty() ? std::nullopt : std::optional{options};
}

/// What one process without an application gives.
Figures undisturbed(const ApplicationJob& job) {
  const std::string events = create_topic(kShards, {}, "events");
  const std::string figures = create_topic(4, {}, "expected");
  produce(events, job.events);
  LoopProgram program{{job.program, "--kafka", Broker::instance().bootstrap(), "--input-topic", events,
                       "--output-topic", figures, "--stop-at-end", "--workers", "2"},
                      job.folder / "log"};
  if (program.wait_for(4min) != 0) {
    throw std::runtime_error{"the program does not run"};
  }
  return read_figures(figures);
}

bool run(const ApplicationJob& job, const Options& options) {
  ApplicationCounts counts;
  std::uint64_t bad = 0;
  Clock::time_point broker_since = Clock::now();
  for (std::uint64_t number = 0; number < options.rounds; ++number) {
    if (std::getenv("KAFKA_BOOTSTRAP") == nullptr && Clock::now() - broker_since > kBrokerLasts) {
      Broker::instance().restart();
      broker_since = Clock::now();
    }
    const Clock::time_point begun = Clock::now();
    ApplicationRound round{job, options.seed + number};
    const std::string words = round.run();
    const std::chrono::duration<double> took = Clock::now() - begun;
    std::printf("round %llu, seed %llu: %s; %s; %.1f s\n", static_cast<unsigned long long>(number + 1),
                static_cast<unsigned long long>(options.seed + number), words.empty() ? "exact" : words.c_str(),
                round.counts().text().c_str(), took.count());
    if (words.empty() && round.counts().failures == 0) {
      std::filesystem::remove_all(round.folder());
    } else {
      std::printf("  logs: %s\n", round.folder().c_str());
    }
    std::fflush(stdout);
    counts.add(round.counts());
    bad += words.empty() ? 0 : 1;
  }
  std::printf("%llu rounds, %llu not exact; %s\n", static_cast<unsigned long long>(options.rounds),
              static_cast<unsigned long long>(bad), counts.text().c_str());
  return bad == 0;
}

}  // namespace

int main(int argc, char** argv) {
  ApplicationJob job;
  const std::optional<Options> options = read_options(argc, argv, job);
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    if (const std::string& missing = Broker::instance().missing(); !missing.empty()) {
      std::printf("skipped: %s\n", missing.c_str());
      return kNoBroker;
    }
    job.folder = std::filesystem::temp_directory_path() / ("weir_kafka_application_loop_" + std::to_string(::getpid()));
    std::filesystem::create_directories(job.folder);
    job.events = keyed_events(options->visits);
    job.expected = undisturbed(job);
    const bool right = run(job, *options);
    std::filesystem::remove(job.folder / "log");
    std::error_code kept;
    std::filesystem::remove(job.folder, kept);  // unless a round's logs are in it
    return right ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "kafka_application_loop: %s\n", failure.what());
    return 2;
  }
}
