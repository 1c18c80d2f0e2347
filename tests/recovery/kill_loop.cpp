// Kills programs, or asks them to stop, again and again and looks whether their output is that of a run that nobody
// disturbed.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interleaving/test_scale.hpp"
#include "simulation/rng.hpp"

namespace {

using weir::simulation::Rng;

/// A program, and how it is told its job.
struct Job {
  std::string name;
  std::vector<std::string> command;  ///< up to the flags that differ from start to start
};

pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  std::ranges::transform(command, std::back_inserter(arguments),
                         [](const std::string& argument) { return const_cast<char*>(argument.c_str()); });
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  return child;
}

/// How a program ended: its exit code, or -1 if it was killed.
int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> sorted_lines(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  std::ranges::sort(lines);
  return lines;
}

/// What lines of a file are wrong.
struct Wrong {
  std::size_t missing = 0;
  std::size_t too_many = 0;
};

Wrong compare(const std::vector<std::string>& lines, const std::vector<std::string>& expected) {
  std::vector<std::string> missing;
  std::vector<std::string> too_many;
  std::ranges::set_difference(expected, lines, std::back_inserter(missing));
  std::ranges::set_difference(lines, expected, std::back_inserter(too_many));
  return {missing.size(), too_many.size()};
}

/// The rounds of one job.
class KillLoop {
 public:
  KillLoop(Job job, std::filesystem::path directory, bool stops, Rng& rng)
      : job_{std::move(job)}, directory_{std::move(directory)}, stops_{stops}, rng_{&rng} {
    std::vector<std::string> command = job_.command;
    command.insert(command.end(), {"--output", (directory_ / "expected").string()});
    if (wait_for(start(command)) != 0) {
      std::fprintf(stderr, "kill_loop: %s does not run\n", job_.name.c_str());
      std::exit(2);
    }
    expected_ = sorted_lines(directory_ / "expected");
  }

  /// One round; says whether its output is exact.
  bool round(int kills) {
    std::filesystem::remove_all(directory_ / "recovery");
    std::filesystem::remove(directory_ / "output");
    for (int kill = 0; kill < kills; ++kill) {
      const pid_t child = start(command());
      std::this_thread::sleep_for(std::chrono::microseconds{rng_->between(1'000, 25'000)});
      if (stops_) {
        ::kill(child, SIGTERM);
        if (rng_->percent(50)) {
          ::kill(child, SIGTERM);  // at once
        }
        const int exit = wait_for(child);
        if (exit != 0 && exit != 3 && exit != -1) {  // done or drained, cut off, or before its main function
          std::printf("%s: exit code %d of a stop\n", job_.name.c_str(), exit);
          return false;
        }
        ended_ += exit != -1 ? 1 : 0;
      } else {
        ::kill(child, SIGKILL);
        ended_ += wait_for(child) == -1 ? 1 : 0;
      }
    }
    const int exit = wait_for(start(command()));
    const Wrong wrong = compare(sorted_lines(directory_ / "output"), expected_);
    if (exit != 0 || wrong.missing != 0 || wrong.too_many != 0) {
      std::printf("%s: exit code %d, %zu lines missing, %zu too many\n", job_.name.c_str(), exit, wrong.missing,
                  wrong.too_many);
      return false;
    }
    return true;
  }

  [[nodiscard]] const std::string& name() const { return job_.name; }
  /// How many times a program was killed, or ended as it was told to.
  [[nodiscard]] std::uint64_t ended() const { return ended_; }

 private:
  std::vector<std::string> command() {
    std::vector<std::string> command = job_.command;
    command.insert(command.end(),
                   {"--output", (directory_ / "output").string(), "--recovery", (directory_ / "recovery").string(),
                    "--epoch-interval", "5", "--workers", std::to_string(rng_->between(1, 5))});
    return command;
  }

  Job job_;
  std::filesystem::path directory_;
  bool stops_;
  Rng* rng_;
  std::vector<std::string> expected_;
  std::uint64_t ended_ = 0;
};

// As much input as a run needs so as to last longer than it is let alone: less where sanitizers make it slow.
std::uint64_t sized(std::uint64_t count) { return std::clamp(weir::interleaving::scaled(count), count / 5, count); }

// Words of which each stands in one file alone, so that its counts come in one order.
std::string make_words(const std::filesystem::path& directory, Rng& rng) {
  std::filesystem::create_directories(directory);
  for (int file = 0; file < 3; ++file) {
    std::ofstream words{directory / std::to_string(file)};
    for (std::uint64_t line = 0; line < sized(250'000); ++line) {
      words << file << 'w' << rng.below(5'000) << ' ' << file << 'w' << rng.below(50) << '\n';
    }
  }
  return directory.string();
}

// The events of a user are in one file.
std::string make_events(const std::filesystem::path& program, const std::string& users,
                        const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const std::string log = (directory / "events.jsonl").string();
  if (wait_for(start({program.string(), "--generate", users, "--write-log", log})) != 0) {
    std::fprintf(stderr, "kill_loop: %s does not run\n", program.c_str());
    std::exit(2);
  }
  return log;
}

}  // namespace

int main(int argc, char** argv) {
  const bool stops = argc == 6 && std::string{argv[5]} == "--stop";
  if (argc != 5 && !stops) {
    std::fputs(
        "Usage: kill_loop WORKERS_FOLDER ROUNDS KILLS SEED [--stop]\n"
        "--stop: by SIGTERM, half of the time twice, in place of SIGKILL\n",
        stderr);
    return 2;
  }
  const std::filesystem::path workers{argv[1]};
  const int rounds = std::atoi(argv[2]);
  const int kills = std::atoi(argv[3]);
  Rng rng{std::strtoull(argv[4], nullptr, 10)};
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("weir_kill_loop_" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory / "count");
  std::filesystem::create_directories(directory / "sessions");
  std::filesystem::create_directories(directory / "by_time");

  std::vector<KillLoop> loops;
  loops.emplace_back(
      Job{"keyed count",
          {(workers / "wordcount").string(), "--running", "--input", make_words(directory / "words", rng)}},
      directory / "count", stops, rng);
  const auto sessions = workers / "search_sessions";
  loops.emplace_back(
      Job{"search sessions",
          {sessions.string(), "--input", make_events(sessions, std::to_string(sized(60'000)), directory / "log")}},
      directory / "sessions", stops, rng);
  const auto by_time = workers / "sessions_by_time";
  loops.emplace_back(
      Job{"sessions by time",
          {by_time.string(), "--input", make_events(by_time, std::to_string(sized(20'000)), directory / "timed_log")}},
      directory / "by_time", stops, rng);
  int wrong = 0;
  for (KillLoop& loop : loops) {
    int wrong_here = 0;
    for (int round = 0; round < rounds; ++round) {
      wrong_here += loop.round(kills) ? 0 : 1;
    }
    std::printf("%s: %d rounds, %llu %s, %d rounds wrong\n", loop.name().c_str(), rounds,
                static_cast<unsigned long long>(loop.ended()), stops ? "stops" : "kills", wrong_here);
    wrong += wrong_here;
  }
  std::filesystem::remove_all(directory);
  return wrong == 0 ? 0 : 1;
}
