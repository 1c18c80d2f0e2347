#include "coordinator/stop_signals.hpp"

#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <utility>

#include <pthread.h>
#include <boost/asio/post.hpp>

#include "coordinator/exit_code.hpp"
#include "coordinator/run_options.hpp"
#include "os/start_thread.hpp"
#include "os/unblocked_message.hpp"

namespace weir::detail::coordinator {
namespace {

// How long a program that is asked to stop during its start may take to reach its run. It ends by itself, unless a call
// blocks.
constexpr std::chrono::seconds kPreparing{1};

// How long a run that was cut off may take to end.
constexpr std::chrono::milliseconds kGrace{500};

// How long a run that is over may take to give back its memory and files. All output is written by then.
constexpr std::chrono::seconds kEnding{2};

// Asio lets a signal interrupt system calls. Any thread may get the signal, also one in code of the user.
void restart_calls_after(int signal) {
  struct sigaction action{};
  ::sigaction(signal, nullptr, &action);
  action.sa_flags |= SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

// A parent process may have blocked them. One thread that hears them is enough.
void hear() {
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGINT);
  sigaddset(&heard, SIGTERM);
  ::pthread_sigmask(SIG_UNBLOCK, &heard, nullptr);
}

}  // namespace

StopSignals::StopSignals() : exit_{kFailedExit} {
  for (const int signal : {SIGINT, SIGTERM}) {
    signals_.add(signal);
    restart_calls_after(signal);
  }
  wait();
  thread_ = os::start_thread("the thread that hears signals", [this] {
    hear();
    context_.run();
  });
}

StopSignals::~StopSignals() {
  context_.stop();
  thread_.join();
}

void StopSignals::enter(Phase phase, std::chrono::nanoseconds drain_timeout) {
  boost::asio::post(context_, [this, phase, drain_timeout] {
    phase_ = phase;
    drain_timeout_ = drain_timeout;
    if (stop_.stop_requested() && !cut_.stop_requested()) {
      expect_end();
    }
  });
}

void StopSignals::ends_with(int exit) {
  boost::asio::post(context_, [this, exit] { exit_ = exit; });
}

void StopSignals::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int /*signal*/) {
    if (!error) {
      if (stop_.stop_requested()) {
        cut_run();
      } else {
        stop_.request_stop();
        expect_end();
      }
      wait();
    }
  });
}

// Before anything is read a program that ends at once loses nothing.
void StopSignals::expect_end() {
  switch (phase_) {
    case Phase::kPrepares:
      wait_until(kPreparing, &StopSignals::end_program);
      break;
    case Phase::kReads:
      wait_until(drain_timeout_, &StopSignals::cut_run);
      break;
    case Phase::kEnds:
      wait_until(kEnding, &StopSignals::end_program);
      break;
  }
}

void StopSignals::cut_run() {
  cut_.request_stop();
  wait_until(kGrace, &StopSignals::end_program);
}

void StopSignals::wait_until(std::chrono::nanoseconds later, void (StopSignals::*then)()) {
  timer_.expires_after(timer_span(later));
  timer_.async_wait([this, then](const boost::system::error_code& error) {
    if (!error) {
      (this->*then)();
    }
  });
}

// Snapshots and transactional outputs survive this, as they survive a crash.
void StopSignals::end_program() {
  if (phase_ == Phase::kEnds) {
    std::_Exit(exit_);
  }
  os::write_unless_blocked(phase_ == Phase::kPrepares ? "stopped before the run had begun\n"
                                                      : "stopped at once: a function of the program does not return\n");
  std::_Exit(kCutExit);
}

}  // namespace weir::detail::coordinator
