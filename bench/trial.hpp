#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>

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

/// Work that runs in a child process, so that its memory and the state of its allocator are its own.
class Child {
 public:
  /// Begins.
  /// @throws std::runtime_error  if there can be no child
  template <typename Work>
  explicit Child(Work work) {
    static_assert(std::is_trivially_copyable_v<Trial>, "a trial goes through a pipe as it lies");
    int ends[2];
    if (pipe(ends) != 0) {
      throw std::runtime_error{"pipe failed"};
    }
    std::fflush(nullptr);
    process_ = fork();
    if (process_ < 0) {
      throw std::runtime_error{"fork failed"};
    }
    if (process_ == 0) {
      close(ends[0]);
      run(std::move(work), ends[1]);
    }
    close(ends[1]);
    answer_ = ends[0];
  }
  Child(Child&& other) noexcept
      : process_{std::exchange(other.process_, -1)}, answer_{std::exchange(other.answer_, -1)} {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (process_ > 0) {
      wait();
    }
  }

  /// Waits for its end. To be called once.
  /// @throws std::runtime_error  if it failed; what failed is on standard error
  Trial finish() {
    Trial trial;
    const bool whole = read(answer_, &trial, sizeof(trial)) == static_cast<ssize_t>(sizeof(trial));
    const int status = wait();
    if (!whole || status != 0) {
      throw std::runtime_error{"a run failed in its process"};
    }
    return trial;
  }

 private:
  int wait() {
    close(answer_);
    int status = 0;
    waitpid(std::exchange(process_, -1), &status, 0);
    return status;
  }

  template <typename Work>
  [[noreturn]] static void run(Work work, int answer) {
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
    _exit(write(answer, &trial, sizeof(trial)) == static_cast<ssize_t>(sizeof(trial)) ? 0 : 1);
  }

  pid_t process_ = -1;
  int answer_ = -1;  // where it writes its trial
};

/// Runs `work` in a child process.
/// @throws std::runtime_error  if it failed
template <typename Work>
Trial try_in_child(Work work) {
  return Child{std::move(work)}.finish();
}

}  // namespace weir::bench
