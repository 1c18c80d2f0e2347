#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "unit/operators/one_step.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

using Number = std::pair<int, int>;

Time at(int second) { return Time{std::chrono::seconds{second}}; }

/// Counts a key's values, and emits how many there are ten seconds behind the last of them, in either time.
struct CountLater {
  struct State {
    int count = 0;
    Time rings{};
  };
  using Output = int;
  TimeDomain domain;

  void on_batch(int /*key*/, std::optional<State>& state, std::vector<int>&& seconds, KeyedEmit<int, int>& /*emit*/,
                Timers& timers) const {
    if (state) {
      timers.cancel({state->rings, domain});
    } else {
      state.emplace();
    }
    state->count += static_cast<int>(seconds.size());
    state->rings = at(seconds.back() + 10);
    timers.set({state->rings, domain});
  }
  void on_timer(int /*key*/, std::optional<State>& state, const Timer& /*timer*/, KeyedEmit<int, int>& emit,
                Timers& /*timers*/) const {
    emit(state->count);
    state.reset();
  }
};

class StatefulBatchGivenAValueThatCameBeforeATimerRings : public ::testing::TestWithParam<TimeDomain> {
 protected:
  StatefulBatchGivenAValueThatCameBeforeATimerRings() {
    pass(0);
    step_.push({1, 1});
    step_.code->idle();  // the timer at 11 is set
    step_.push({1, 4});
  }

  void pass(int second) {
    const bool event = GetParam() == TimeDomain::kEvent;
    step_.stage.system = event ? at(0) : at(second);
    step_.timed->advance({event ? at(second) : Time::min(), step_.stage.system});
  }

  OneStep<Number, Number> step_{op::stateful_batch("step", CountLater{GetParam()})};
};

TEST_P(StatefulBatchGivenAValueThatCameBeforeATimerRings, WhenTimeComesToTheTimerThenTheValueIsHandledFirst) {
  pass(12);
  EXPECT_EQ(step_.take(), (std::vector<Number>{}));
  pass(14);
  EXPECT_EQ(step_.take(), (std::vector<Number>{{1, 2}}));
}

INSTANTIATE_TEST_SUITE_P(InBothTimes, StatefulBatchGivenAValueThatCameBeforeATimerRings,
                         ::testing::Values(TimeDomain::kEvent, TimeDomain::kSystem));

/// Emits how many values a batch has.
struct Size {
  using State = int;
  using Output = int;
  void on_batch(int /*key*/, std::optional<int>& last, std::vector<int>&& values, KeyedEmit<int, int>& emit) const {
    last = values.back();
    emit(static_cast<int>(values.size()));
  }
};

TEST(StatefulBatch, IsCalledOnceForAllValuesOfAKeyThatCameTogether) {
  OneStep<Number, Number> step{op::stateful_batch("step", Size{})};
  step.push({1, 1});
  step.push({2, 1});
  step.push({1, 2});
  EXPECT_EQ(step.take(), (std::vector<Number>{})) << "others may follow";
  step.code->idle();
  EXPECT_EQ(step.take(), (std::vector<Number>{{1, 2}, {2, 1}}));
  step.push({1, 3});
  step.code->close({detail::runtime::Mark::Kind::kBarrier, Epoch{1}});
  EXPECT_EQ(step.take(), (std::vector<Number>{{1, 1}}));
}

TEST(StatefulBatch, KeepsWhatItHasWhileThereIsNoRoomUntilTheEpochEnds) {
  OneStep<Number, Number> step{op::stateful_batch("step", Size{})};
  step.push({1, 1});
  step.stage.gate.close();
  step.code->idle();
  EXPECT_EQ(step.take(), (std::vector<Number>{}));
  step.push({1, 2});
  step.code->close({detail::runtime::Mark::Kind::kBarrier, Epoch{1}});
  EXPECT_EQ(step.take(), (std::vector<Number>{{1, 2}}));
}

}  // namespace
}  // namespace weir
