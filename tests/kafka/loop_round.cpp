#include "kafka/loop_round.hpp"

#include <csignal>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>

#include "kafka/broker_fixture.hpp"
#include "kafka/topics.hpp"

namespace weir::tests::kafka {
namespace {

using namespace std::chrono_literals;
using simulation::Rng;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kOutputPartitions = 4;
constexpr milliseconds kMostForStop = 60s;          // weir itself cuts a stop off after 30 s
constexpr milliseconds kMostForTransactions = 90s;  // the broker ends them after 60 s
constexpr milliseconds kMostForStart = 20s;
constexpr milliseconds kBetweenLooks = 10ms;
constexpr int kMostLastStarts = 5;
constexpr int kMostBrokerStarts = 3;

milliseconds between(Rng& rng, milliseconds low, milliseconds high) {
  return milliseconds{rng.between(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))};
}

// On a busy machine a broker may fail to start.
void restart_broker() {
  for (int tries = 1;; ++tries) {
    try {
      Broker::instance().restart();
      return;
    } catch (const std::runtime_error&) {
      if (tries == kMostBrokerStarts) {
        throw;
      }
    }
  }
}

}  // namespace

void Counts::add(const Counts& more) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    faults[i] += more.faults[i];
  }
  failures += more.failures;
}

std::string Counts::text() const {
  const auto of = [this](Fault fault) { return std::to_string(faults[static_cast<std::size_t>(fault)]); };
  return of(Fault::kKill) + " kills, " + of(Fault::kPause) + " pauses, " + of(Fault::kStop) + " stops, " +
         of(Fault::kBroker) + " of the broker, " + std::to_string(failures) + " failures";
}

std::vector<std::string> command(const Job& job, const std::string& output, std::uint64_t workers) {
  return {job.options.program,
          "--kafka",
          Broker::instance().bootstrap(),
          "--input-topic",
          job.events,
          "--output-topic",
          output,
          "--stop-at-end",
          "--workers",
          std::to_string(workers)};
}

Round::Round(const Job& job, std::uint64_t seed)
    : job_{&job},
      rng_{seed},
      folder_{job.folder / std::to_string(seed)},
      log_{folder_ / "log"},
      topic_{create_topic(kOutputPartitions, {}, "figures")} {
  std::filesystem::create_directories(folder_);
  if (rng_.percent(30)) {
    std::ofstream{folder_ / "kafka.conf"} << "transaction.timeout.ms = 3000\n";  // less than a pause
  }
}

Outcome Round::run() {
  for (const Fault fault : choose()) {
    make_sure_it_runs();
    if (is_done_) {
      break;
    }
    if (const auto exit = let_run()) {
      note_end(*exit);
      continue;
    }
    if (!disturb(fault)) {
      return Outcome::kWaits;
    }
  }
  return finish();
}

std::vector<Fault> Round::choose() {
  std::vector<Fault> faults;
  for (std::uint64_t left = job_->options.brief ? 4 : rng_.between(6, 10); left > 0; --left) {
    const std::uint64_t kind = rng_.below(10);
    faults.push_back(kind < 5 ? Fault::kKill : kind < 7 ? Fault::kPause : Fault::kStop);
  }
  if (job_->options.faults != Faults::kProgram) {
    for (std::uint64_t left = rng_.between(1, 3); left > 0; --left) {
      faults.insert(faults.begin() + static_cast<std::ptrdiff_t>(rng_.below(faults.size() + 1)), Fault::kBroker);
    }
  }
  return faults;
}

// Lets it start, or run, for a while. Gives its exit code, if it ends.
std::optional<int> Round::let_run() {
  if (rng_.percent(30)) {
    return program_->wait_for(between(rng_, 0ms, 400ms));
  }
  const milliseconds while_running = between(rng_, 0ms, job_->options.brief ? 400ms : 1'000ms);
  for (const Clock::time_point end = Clock::now() + kMostForStart; !has_begun() && Clock::now() < end;) {
    if (const auto exit = program_->wait_for(kBetweenLooks)) {
      return exit;
    }
  }
  return program_->wait_for(while_running);
}

bool Round::has_begun() const {
  std::ifstream log{log_};
  log.seekg(log_before_);
  const std::string text{std::istreambuf_iterator<char>{log}, {}};
  return text.find(" steps in ") != std::string::npos;
}

// Unless it is done.
void Round::make_sure_it_runs() {
  if (program_ != nullptr) {
    if (const auto exit = program_->wait_for(0ms)) {
      note_end(*exit);
    }
  }
  if (program_ == nullptr && !is_done_) {
    start();
  }
}

void Round::start() {
  std::vector<std::string> arguments = command(*job_, topic_, rng_.between(1, 5));
  arguments.insert(arguments.end(),
                   {"--recovery", (folder_ / "recovery").string(), "--epoch-interval", "50", "--log-level", "debug"});
  if (std::filesystem::exists(folder_ / "kafka.conf")) {
    arguments.insert(arguments.end(), {"--kafka-config", (folder_ / "kafka.conf").string()});
  }
  note("starts");
  log_before_ = static_cast<std::streamoff>(std::filesystem::file_size(log_));
  program_ = std::make_unique<LoopProgram>(arguments, log_);
}

// Nobody ended it.
void Round::note_end(int exit) {
  note("exit code " + std::to_string(exit));
  program_ = nullptr;
  is_done_ = exit == 0;
  counts_.failures += exit == 0 ? 0 : 1;
}

// False if the program does not stop.
bool Round::disturb(Fault fault) {
  ++counts_.faults[static_cast<std::size_t>(fault)];
  switch (fault) {
    case Fault::kKill:
      kill();
      return true;
    case Fault::kPause:
      pause();
      return true;
    case Fault::kStop:
      return stop();
    case Fault::kBroker:
      disturb_broker();
      return true;
  }
  return true;
}

void Round::kill() {
  note("SIGKILL");
  program_ = nullptr;
}

void Round::pause() {
  note("SIGSTOP");
  program_->send(SIGSTOP);
  std::this_thread::sleep_for(job_->options.brief ? between(rng_, 200ms, 1'000ms) : between(rng_, 500ms, 9'000ms));
  note("SIGCONT");
  program_->send(SIGCONT);
}

bool Round::stop() {
  note("SIGTERM");
  program_->send(SIGTERM);
  const auto exit = program_->wait_for(kMostForStop);
  if (!exit) {
    words_ = "the program does not stop";
    return false;
  }
  note("exit code " + std::to_string(*exit));
  const bool cut_off = *exit == 3 || *exit == LoopProgram::kKilled;  // before it was ready for a signal
  counts_.failures += *exit == 0 || cut_off ? 0 : 1;
  program_ = nullptr;
  return true;
}

void Round::disturb_broker() {
  const bool crash = job_->options.faults == Faults::kBrokerKill;
  note(crash ? "the broker is killed" : "the broker is stopped");
  if (crash) {
    Broker::instance().kill();
  } else {
    Broker::instance().stop();
  }
  std::this_thread::sleep_for(between(rng_, 0ms, 1'500ms));
  if (rng_.percent(40)) {
    kill();
  }
  restart_broker();
  note("the broker is back");
}

Outcome Round::finish() {
  for (int starts = 0; !is_done_ || starts == 0; ++starts) {
    if (starts == kMostLastStarts) {
      words_ = "the last start failed " + std::to_string(starts) + " times";
      return Outcome::kWrong;
    }
    if (program_ == nullptr) {
      start();
    }
    const auto exit = program_->wait_for(kMostForEnd);
    if (!exit) {
      words_ = "the program does not end";
      return Outcome::kWaits;
    }
    note_end(*exit);
  }
  return look();
}

Outcome Round::look() {
  std::int64_t undecided = undecided_offsets(topic_);
  for (const Clock::time_point end = Clock::now() + kMostForTransactions; undecided > 0 && Clock::now() < end;) {
    std::this_thread::sleep_for(1s);
    undecided = undecided_offsets(topic_);
  }
  const Difference difference = compare(read_figures(topic_), job_->expected);
  if (difference.none()) {
    return Outcome::kExact;
  }
  words_ = "topic " + topic_ + ": " + std::to_string(difference.missing) + " figures missing, " +
           std::to_string(difference.too_many) + " too many, " + std::to_string(difference.others) +
           " users with others; " + std::to_string(undecided) + " offsets are not decided";
  return undecided > 0 && difference.only_missing() ? Outcome::kWaits : Outcome::kWrong;
}

void Round::note(const std::string& what) const {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto after = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()) % 1s;
  std::ofstream{log_, std::ios::app} << "== " << std::put_time(std::gmtime(&seconds), "%H:%M:%S") << '.' << std::setw(3)
                                     << std::setfill('0') << after.count() << ": " << what << '\n';
}

}  // namespace weir::tests::kafka
