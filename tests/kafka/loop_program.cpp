#include "kafka/loop_program.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace weir::tests::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr mode_t kReadable = 0644;
constexpr std::chrono::milliseconds kBetweenLooks{5};

// The child dies with its parent. A parent that is dead already is no longer the child's.
void die_with(pid_t parent) {
#if defined(__linux__)
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::getppid() != parent) {
    ::_exit(1);
  }
}

}  // namespace

LoopProgram::LoopProgram(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  std::ranges::transform(command, std::back_inserter(arguments),
                         [](const std::string& argument) { return const_cast<char*>(argument.c_str()); });
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ < 0) {
    throw std::runtime_error{command.front() + " cannot be started"};
  }
  if (child_ == 0) {
    die_with(parent);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kReadable);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
}

LoopProgram::~LoopProgram() {
  if (!exit_) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
}

void LoopProgram::send(int signal) const {
  if (!exit_) {
    ::kill(child_, signal);
  }
}

std::optional<int> LoopProgram::wait_for(std::chrono::milliseconds most) {
  const Clock::time_point end = Clock::now() + most;
  while (!exit_) {
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) == child_) {
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : kKilled;
    } else if (Clock::now() >= end) {
      break;
    } else {
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }
  return exit_;
}

}  // namespace weir::tests::kafka
