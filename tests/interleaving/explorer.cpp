#include "interleaving/explorer.hpp"

#include <cassert>
#include <cstdlib>
#include <limits>

namespace weir::interleaving {
namespace {

constexpr std::size_t kNoBound = std::numeric_limits<std::size_t>::max();

Explorer* active = nullptr;

}  // namespace

Outcome Explorer::random(const MakeScenario& make, std::uint64_t executions, std::uint64_t seed) {
  RandomChoices choices{seed};
  return Explorer{make, choices, kNoBound, true}.explore(executions);
}

Outcome Explorer::exhaustive(const MakeScenario& make, std::size_t preemptions, std::uint64_t most_executions) {
  ExhaustiveChoices choices;
  return Explorer{make, choices, preemptions, false}.explore(most_executions);
}

Explorer& Explorer::current() {
  assert(active != nullptr && "models are used inside an exploration only");
  return *active;
}

Explorer::Explorer(const MakeScenario& make, Choices& choices, std::size_t preemptions, bool sleeps_badly)
    : make_{make}, choices_{&choices}, preemptions_{preemptions}, sleeps_badly_{sleeps_badly} {}

Outcome Explorer::explore(std::uint64_t most_executions) {
  assert(active == nullptr && "one exploration at a time");
  active = this;
  Outcome outcome;
  while (outcome.failure.empty() && !outcome.complete && outcome.executions < most_executions) {
    ++outcome.executions;
    outcome.failure = execute();
    if (!outcome.failure.empty()) {
      RepeatedChoices again{choices_->taken()};
      choices_ = &again;
      tracing_ = true;
      outcome.failure = execute() + trace_;
      break;
    }
    outcome.complete = !choices_->next();
  }
  active = nullptr;
  return outcome;
}

std::string Explorer::execute() {
  memory_.reset(kMaxFibers);
  scenario_ = make_();
  fiber_count_ = scenario_->fibers();
  assert(fiber_count_ >= 1 && fiber_count_ <= kMaxFibers);
  while (fibers_.size() < fiber_count_) {
    fibers_.push_back(std::make_unique<Fiber>([this, self = fibers_.size()] { live(self); }));
  }
  states_.fill(State::kRunnable);
  steps_ = 0;
  preempted_ = 0;
  failure_.clear();

  resume(choices_->choose(fiber_count_), thread_);

  running_.reset();
  if (failure_.empty()) {
    failure_ = scenario_->check();
  } else {
    fibers_.clear();  // they stand somewhere in the middle
  }
  scenario_.reset();
  return failure_;
}

void Explorer::live(FiberIndex self) {
  for (;;) {
    scenario_->run(self);
    states_[self] = State::kDone;
    leave(self);  // comes back in the next execution
  }
}

void Explorer::yield() {
  const FiberIndex self = *running_;
  if (++steps_ > kMostSteps) {
    fail("no end: the fibers run, and get nowhere");
  }
  if (preempted_ == preemptions_) {
    return;
  }
  std::array<FiberIndex, kMaxFibers> runnable;
  const std::size_t count = list_runnable(runnable, self);
  const FiberIndex next = runnable[choices_->choose(count)];
  if (next != self) {
    ++preempted_;
    resume(next, *fibers_[self]);
  }
}

void Explorer::sleep(LocationIndex at, std::uint64_t expected) {
  yield();
  const FiberIndex self = *running_;
  if (memory_.newest(at) != expected) {
    trace([&] { return "does not sleep on #" + std::to_string(at); });
    return;
  }
  if (sleeps_badly_ && choices_->choose(8) == 0) {
    trace([&] { return "wakes up for no reason on #" + std::to_string(at); });
    return;
  }
  trace([&] { return "sleeps on #" + std::to_string(at); });
  states_[self] = State::kAsleep;
  beds_[self] = at;
  leave(self);
}

void Explorer::wake_one(LocationIndex at) {
  yield();
  std::array<FiberIndex, kMaxFibers> sleepers;
  std::size_t count = 0;
  for (FiberIndex fiber = 0; fiber < fiber_count_; ++fiber) {
    if (states_[fiber] == State::kAsleep && beds_[fiber] == at) {
      sleepers[count++] = fiber;
    }
  }
  trace([&] { return "wakes one of " + std::to_string(count) + " on #" + std::to_string(at); });
  if (count > 0) {
    states_[sleepers[choices_->choose(count)]] = State::kRunnable;
  }
}

void Explorer::stop() {
  assert(running_ && "fibers fail; a check returns what is wrong");
  Fiber::switch_to(*fibers_[*running_], thread_);
  std::abort();  // the stack is gone
}

// The options of a choice, the fiber that runs already first.
std::size_t Explorer::list_runnable(std::array<FiberIndex, kMaxFibers>& out, std::optional<FiberIndex> first) const {
  std::size_t count = 0;
  if (first) {
    out[count++] = *first;
  }
  for (FiberIndex fiber = 0; fiber < fiber_count_; ++fiber) {
    if (fiber != first && states_[fiber] == State::kRunnable) {
      out[count++] = fiber;
    }
  }
  return count;
}

// The running fiber cannot go on.
void Explorer::leave(FiberIndex self) {
  std::array<FiberIndex, kMaxFibers> runnable;
  const std::size_t count = list_runnable(runnable, std::nullopt);
  if (count > 0) {
    const FiberIndex next = runnable[choices_->choose(count)];
    if (next != self) {
      resume(next, *fibers_[self]);
    }
    return;
  }
  for (FiberIndex fiber = 0; fiber < fiber_count_; ++fiber) {
    if (states_[fiber] == State::kAsleep) {
      fail("deadlock: fiber ", fiber, " sleeps, and nobody is left to wake it");
    }
  }
  Fiber::switch_to(*fibers_[self], thread_);
}

void Explorer::resume(FiberIndex fiber, Fiber& from) {
  running_ = fiber;
  Fiber::switch_to(from, *fibers_[fiber]);
}

}  // namespace weir::interleaving
