#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <type_traits>

#include "workloads.hpp"

namespace weir::bench {

/// One measurement.
struct Trial {
  Outcome outcome;
  double cpu_seconds = 0;
  std::uint64_t peak_rss_kb = 0;

  [[nodiscard]] double rate() const { return static_cast<double>(outcome.events) / outcome.seconds; }
  [[nodiscard]] double cpu_seconds_per_million() const {
    return cpu_seconds * 1e6 / static_cast<double>(outcome.events);
  }
};

/// Runs `work` in a child process, so that its memory and the state of its allocator are its own.
/// @throws std::runtime_error  if the child failed; what failed is on standard error
template <typename Work>
Trial try_in_child(Work work) {
  static_assert(std::is_trivially_copyable_v<Trial>, "a trial goes through a pipe as it lies");
  int ends[2];
  if (pipe(ends) != 0) {
    throw std::runtime_error{"pipe failed"};
  }
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) {
    throw std::runtime_error{"fork failed"};
  }
  if (child == 0) {
    close(ends[0]);
    Trial trial;
    try {
      trial.outcome = work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(1);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    trial.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    trial.peak_rss_kb = static_cast<std::uint64_t>(usage.ru_maxrss);
    _exit(write(ends[1], &trial, sizeof(trial)) == static_cast<ssize_t>(sizeof(trial)) ? 0 : 1);
  }
  close(ends[1]);
  Trial trial;
  const bool whole = read(ends[0], &trial, sizeof(trial)) == static_cast<ssize_t>(sizeof(trial));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!whole || status != 0) {
    throw std::runtime_error{"a run failed in its process"};
  }
  return trial;
}

}  // namespace weir::bench
