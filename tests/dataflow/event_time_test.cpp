#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Something that happened to somebody at a second.
struct Seen {
  std::string who;
  std::int64_t second = 0;
};

Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }
std::chrono::sys_seconds time_of_seen(const Seen& seen) {
  return std::chrono::sys_seconds{std::chrono::seconds{seen.second}};
}

/// Says that somebody has been silent for 10 s of event time, and how often they had been seen.
struct Silence {
  struct State {
    std::int64_t last = 0;
    std::int64_t times = 0;
  };
  using Output = std::pair<std::int64_t, std::int64_t>;

  void on_item(const std::string& /*who*/, std::optional<State>& state, Seen&& seen,
               KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    if (!state) {
      state.emplace();
    }
    if (seen.second >= state->last) {
      timers.cancel_event(at(state->last + 10));
      timers.set_event(at(seen.second + 10));
      state->last = seen.second;
    }
    ++state->times;
  }

  void on_timer(const std::string& /*who*/, std::optional<State>& state, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& /*timers*/) const {
    emit({timer.at.time_since_epoch() / 1s, state->times});
    state.reset();
  }
};

auto silences(const Stream<Seen>& seen) {
  return seen | op::event_time("clock", EventClock{&time_of_seen, 3s}) | op::key_on("who", &Seen::who) |
         op::stateful("silence", Silence{});
}

using Silences = std::vector<std::pair<std::string, std::pair<std::int64_t, std::int64_t>>>;

// Nothing but the watermark can say that ann is silent, since the input does not end.
void expect_silence_while_input_goes_on(const std::function<Stream<Silences::value_type>(const Stream<Seen>&)>& steps) {
  Dataflow flow{"silences"};
  const testing::Collected<Silences::value_type> out;
  flow.input("seen",
             testing::Scripted<Seen>{{{{"ann", 1}, {"ann", 4}, {"bob", 8}, {"bob", 17}}}, testing::Then::kPause}) |
      steps | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const std::size_t before = out.items().size();
    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    while (out.items().size() == before && !run.done()) {
      std::this_thread::yield();
    }
    run.stop();
    run.wait();
    ASSERT_EQ(out.items().size(), before + 1);
    EXPECT_EQ(out.items().back(), (Silences::value_type{"ann", {14, 2}}));
  }
}

TEST(EventTimers, RingWhenTheItemsOfOthersMoveTheTime) { expect_silence_while_input_goes_on(silences); }

TEST(EventTimers, RingAlsoBehindAnErrorPolicy) {
  expect_silence_while_input_goes_on([](const Stream<Seen>& seen) {
    return seen | op::skip_errors(op::event_time("clock", EventClock{&time_of_seen, 3s})) |
           op::key_on("who", &Seen::who) | op::skip_errors(op::stateful("silence", Silence{}), copy_before);
  });
}

TEST(EventTimers, RingAtTheEndOfTheInputWhateverTheWatermark) {
  expect_everywhere(std::vector<std::vector<Seen>>{{{"ann", 1}, {"ann", 4}, {"bob", 5}}, {{"bob", 3}, {"cid", 2}}},
                    silences, Silences{{"ann", {14, 2}}, {"bob", {15, 2}}, {"cid", {12, 1}}});
}

TEST(EventTimers, AreHeldBackByThePartitionThatIsFurthestBehind) {
  std::vector<Seen> slow{{"ann", 1}};
  std::vector<Seen> fast;
  for (std::int64_t second = 1; second < 5'000; ++second) {
    fast.push_back({"bob", second});
  }
  slow.push_back({"ann", 9});
  slow.push_back({"ann", 18});
  expect_everywhere(std::vector<std::vector<Seen>>{slow, fast}, silences,
                    Silences{{"ann", {28, 3}}, {"bob", {5'009, 4'999}}});
}

TEST(EventTime, OfASecondClockBehindAnExchangeIsRefused) {
  Dataflow flow{"refused"};
  const auto seen = flow.input("seen", testing::Scripted<Seen>{{{}}}) | op::redistribute("spread");
  EXPECT_THROW(
      {
        try {
          seen | op::event_time("clock", EventClock{&time_of_seen, 3s});
        } catch (const BuildError& error) {
          EXPECT_THAT(error.what(), ::testing::HasSubstr("put op::event_time before that step"));
          throw;
        }
      },
      BuildError);
}

TEST(EventTime, ThatCannotBeNamesTheStep) {
  Dataflow flow{"far"};
  flow.input("seen", testing::Scripted<Seen>{{{{"ann", std::int64_t{1} << 60}}}}) | silences |
      op::output("out", testing::Collected<Silences::value_type>{});
  EXPECT_THROW(
      {
        try {
          run(flow);
        } catch (const StepError& error) {
          EXPECT_EQ(error.step_id(), "clock");
          EXPECT_THAT(error.what(), ::testing::HasSubstr("146 years"));
          throw;
        }
      },
      StepError);
}

/// Sets timers for times that have come, and always another one.
struct Restless {
  using State = int;
  using Output = int;
  void on_item(const std::string& /*who*/, std::optional<State>& state, Seen&& seen,
               KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    state = state.value_or(0);
    timers.set_event(at(seen.second) - 1h);
  }
  void on_timer(const std::string& /*who*/, std::optional<State>& state, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& timers) const {
    emit(++*state);
    timers.set_event(timer.at + 24h);
  }
};

TEST(EventTimers, OfATimeThatHasComeRingThoughNothingMovesTheTime) {
  Dataflow flow{"past"};
  const testing::Collected<std::pair<std::string, int>> out;
  flow.input("seen", testing::Scripted<Seen>{{{{"ann", 9'000}, {"ann", 9'001}}}, testing::Then::kPause}) |
      op::event_time("clock", EventClock{&time_of_seen, 3s}) | op::key_on("who", &Seen::who) |
      op::stateful("restless", Restless{}) | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const std::size_t before = out.items().size();
    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    while (out.items().size() < before + 2 && !run.done()) {
      std::this_thread::yield();
    }
    run.stop();
    run.wait();
    EXPECT_EQ(out.items().size(), before + 2);
  }
}

TEST(EventTimers, ThatAlwaysSetAnotherComeToAnEndWithTheInput) {
  expect_everywhere(
      std::vector<std::vector<Seen>>{{{"ann", 1}}},
      [](const auto& seen) {
        return seen | op::event_time("clock", EventClock{&time_of_seen, 3s}) | op::key_on("who", &Seen::who) |
               op::stateful("restless", Restless{});
      },
      std::vector<std::pair<std::string, int>>{{"ann", 1}, {"ann", 2}});
}

/// Calls each key back some time after its item, by the system's clock.
struct Later {
  using State = Seen;
  using Output = Seen;
  void on_item(const std::string& /*who*/, std::optional<State>& state, Seen&& seen,
               KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    state = std::move(seen);
    timers.set_system(timers.system_time() + 2ms);
  }
  void on_timer(const std::string& /*who*/, std::optional<State>& state, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& timers) const {
    EXPECT_GE(timers.system_time(), timer.at);
    emit(std::move(*state));
    state.reset();
  }
};

TEST(SystemTimers, RingThoughNothingElseHappens) {
  Dataflow flow{"later"};
  const testing::Collected<std::pair<std::string, Seen>> out;
  flow.input("seen", testing::Scripted<Seen>{{{{"ann", 1}, {"bob", 2}, {"cid", 3}}}, testing::Then::kPause}) |
      op::key_on("who", &Seen::who) | op::stateful("later", Later{}) | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const std::size_t before = out.items().size();
    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    while (out.items().size() < before + 3 && !run.done()) {
      std::this_thread::yield();
    }
    run.stop();
    run.wait();
    EXPECT_EQ(out.items().size(), before + 3);
  }
}

}  // namespace
}  // namespace weir
