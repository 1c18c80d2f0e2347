#include "kafka/application_round.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>

#include "kafka/broker_fixture.hpp"

namespace weir::tests::kafka {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int kShards = 8;
constexpr std::size_t kProcesses = 3;
constexpr std::size_t kMostProcesses = 4;
constexpr milliseconds kMostForStop = 60s;
constexpr milliseconds kMostForFigures = 180s;
constexpr milliseconds kBetweenFeeds = 20ms;
constexpr int kMostBrokerStarts = 3;

}  // namespace

void ApplicationCounts::add(const ApplicationCounts& more) {
  kills += more.kills;
  pauses += more.pauses;
  leaves += more.leaves;
  joins += more.joins;
  brokers += more.brokers;
  failures += more.failures;
}

std::string ApplicationCounts::text() const {
  return std::to_string(kills) + " kills, " + std::to_string(pauses) + " pauses, " + std::to_string(leaves) +
         " leave, " + std::to_string(joins) + " join, " + std::to_string(brokers) + " of the broker, " +
         std::to_string(failures) + " failures";
}

ApplicationRound::ApplicationRound(const ApplicationJob& job, std::uint64_t seed)
    : job_{&job},
      rng_{seed},
      folder_{job.folder / std::to_string(seed)},
      events_{create_topic(kShards, {}, "events")},
      figures_{create_topic(4, {}, "figures")},
      name_{unique_name("application")} {
  std::filesystem::create_directories(folder_);
  std::ofstream{folder_ / "kafka.conf"} << "session.timeout.ms = 6000\nheartbeat.interval.ms = 500\n"
                                           "transaction.timeout.ms = 8000\n";
}

std::string ApplicationRound::run() {
  for (std::size_t i = 0; i < kProcesses; ++i) {
    start();
  }
  const std::size_t slices = 40 * (job_->faults + 2);
  std::uint64_t faults = 0;
  for (std::size_t slice = 1; slice <= slices; ++slice) {
    feed(job_->events.size() * slice / slices);
    std::this_thread::sleep_for(kBetweenFeeds);
    look_after_processes();
    if (slice % 40 == 0 && faults < job_->faults) {
      ++faults;
      fail();
      std::this_thread::sleep_for(milliseconds{rng_.below(3'000)});
    }
  }
  return finish();
}

void ApplicationRound::start() {
  const std::string number = std::to_string(started_++);
  note("process " + number + " starts");
  processes_.push_back(
      {.program = std::make_unique<LoopProgram>(
           std::vector<std::string>{job_->program, "--kafka", Broker::instance().bootstrap(), "--kafka-config",
                                    (folder_ / "kafka.conf").string(), "--application", name_, "--input-topic", events_,
                                    "--output-topic", figures_, "--workers", std::to_string(rng_.between(1, 3)),
                                    "--epoch-interval", "100", "--log-level", "debug"},
           folder_ / ("log" + number))});
}

void ApplicationRound::feed(std::size_t most) {
  const auto begin = job_->events.begin() + static_cast<std::ptrdiff_t>(fed_);
  const auto end = job_->events.begin() + static_cast<std::ptrdiff_t>(most);
  if (begin < end) {
    produce(events_, {begin, end});
    fed_ = most;
  }
}

void ApplicationRound::look_after_processes() {
  for (auto process = processes_.begin(); process != processes_.end();) {
    if (process->paused && Clock::now() >= process->paused_until) {
      process->paused = false;
      process->program->send(SIGCONT);
      note("SIGCONT");
    }
    if (const std::optional<int> exit = process->program->wait_for(0ms)) {
      note("a process ended by itself with " + std::to_string(*exit));
      ++counts_.failures;
      process = processes_.erase(process);
    } else {
      ++process;
    }
  }
  while (processes_.size() < kProcesses) {
    start();
  }
}

void ApplicationRound::fail() {
  if ((job_->restarts_broker || job_->kills_broker) && rng_.percent(25)) {
    disturb_broker();
    return;
  }
  Process& process = processes_[rng_.below(processes_.size())];
  const std::uint64_t kind = rng_.below(10);
  if (kind < 4) {
    note("SIGKILL");
    ++counts_.kills;
    processes_.erase(processes_.begin() + (&process - processes_.data()));
  } else if (kind < 7) {
    note("SIGSTOP");
    ++counts_.pauses;
    process.program->send(SIGSTOP);
    process.paused = true;
    process.paused_until = Clock::now() + milliseconds{rng_.between(500, 9'000)};
  } else if (kind < 9 || processes_.size() >= kMostProcesses) {
    note("SIGTERM");
    ++counts_.leaves;
    process.program->send(SIGCONT);
    process.program->send(SIGTERM);
    const std::optional<int> exit = process.program->wait_for(kMostForStop);
    note("exit code " + (exit ? std::to_string(*exit) : std::string{"none"}));
    // A process that had not begun ends as the signal ends it.
    counts_.failures += exit && (*exit == 0 || *exit == 3 || *exit == LoopProgram::kKilled) ? 0 : 1;
    processes_.erase(processes_.begin() + (&process - processes_.data()));
  } else {
    ++counts_.joins;
    start();
  }
}

void ApplicationRound::disturb_broker() {
  ++counts_.brokers;
  note(job_->kills_broker ? "the broker is killed" : "the broker is stopped");
  if (job_->kills_broker) {
    Broker::instance().kill();
  } else {
    Broker::instance().stop();
  }
  std::this_thread::sleep_for(milliseconds{rng_.below(1'500)});
  for (int tries = 1;; ++tries) {
    try {
      Broker::instance().restart();
      break;
    } catch (const std::runtime_error&) {
      if (tries == kMostBrokerStarts) {
        throw;
      }
    }
  }
  note("the broker is back");
}

std::string ApplicationRound::finish() {
  note("the faults are over");
  for (Process& process : processes_) {
    process.program->send(SIGCONT);
    process.paused = false;
  }
  std::string words = wait_for_figures();
  for (Process& process : processes_) {
    process.program->send(SIGTERM);
  }
  for (Process& process : processes_) {
    if (process.program->wait_for(kMostForStop) != 0 && words.empty()) {
      words = "a process does not end in good order";
    }
  }
  if (const Difference difference = compare(read_figures(figures_), job_->expected);
      words.empty() && !difference.none()) {
    words = "there are more figures at the end";
  }
  return words;
}

std::string ApplicationRound::wait_for_figures() {
  Difference difference;
  for (const Clock::time_point end = Clock::now() + kMostForFigures; Clock::now() < end;) {
    look_after_processes();
    difference = compare(read_figures(figures_), job_->expected);
    if (difference.none()) {
      return {};
    }
    if (!difference.only_missing()) {
      return "WRONG: " + std::to_string(difference.missing) + " figures missing, " +
             std::to_string(difference.too_many) + " too many, " + std::to_string(difference.others) +
             " users with others";
    }
    std::this_thread::sleep_for(500ms);
  }
  return std::to_string(difference.missing) + " figures do not come; " + std::to_string(undecided_offsets(figures_)) +
         " offsets are not decided";
}

void ApplicationRound::note(const std::string& what) const {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto after = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()) % 1s;
  std::ofstream{folder_ / "events", std::ios::app} << std::put_time(std::gmtime(&seconds), "%H:%M:%S") << '.'
                                                   << std::setw(3) << std::setfill('0') << after.count() << ": " << what
                                                   << '\n';
}

}  // namespace weir::tests::kafka
