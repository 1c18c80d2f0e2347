#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

using Number = std::pair<std::int64_t, std::int64_t>;
using Batch = std::pair<std::int64_t, std::vector<std::int64_t>>;

/// Emits the batches as they are.
struct Show {
  using State = std::uint64_t;
  using Output = std::vector<std::int64_t>;
  void on_batch(std::int64_t /*key*/, std::optional<State>& batches, std::vector<std::int64_t>&& values,
                KeyedEmit<std::int64_t, Output>& emit) const {
    batches = batches.value_or(0) + 1;
    emit(std::move(values));
  }
};

/// Emits the sum of a key's numbers behind each of them; a 0 makes it forget the key.
struct SumUntilZero {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_batch(std::int64_t /*key*/, std::optional<State>& sum, std::vector<std::int64_t>&& numbers,
                KeyedEmit<std::int64_t, Output>& emit) const {
    for (const std::int64_t number : numbers) {
      sum = sum.value_or(0) + number;
      emit(*sum);
      if (number == 0) {
        sum.reset();
      }
    }
  }
};

/// `count` numbers of `keys` keys, each key in one partition; every 17th is 0.
std::vector<std::vector<Number>> keyed_numbers(std::int64_t count, std::int64_t keys) {
  std::vector<std::vector<Number>> partitions(3);
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t key = n * 7 % keys;
    partitions[static_cast<std::size_t>(key % 3)].emplace_back(key, n % 17 == 0 ? 0 : n);
  }
  return partitions;
}

std::vector<Number> sums_of(const std::vector<std::vector<Number>>& partitions) {
  std::vector<Number> expected;
  std::map<std::int64_t, std::int64_t> sums;
  for (const auto& partition : partitions) {
    for (const auto& [key, number] : partition) {
      expected.emplace_back(key, sums[key] += number);
      if (number == 0) {
        sums.erase(key);
      }
    }
  }
  return expected;
}

/// The batches that one worker makes of one partition.
std::vector<Batch> batches_of(std::vector<Number> items, std::size_t max_items) {
  return testing::run_over(
      std::vector<std::vector<Number>>{std::move(items)},
      [max_items](auto in) { return in | op::stateful_batch("show", Show{}, max_items); }, 1);
}

TEST(StatefulBatch, GivesWhatALoopGivesHoweverBatchesAreCut) {
  for (const std::int64_t keys : {1, 40, 4'000}) {
    SCOPED_TRACE(std::to_string(keys) + " keys");
    const auto partitions = keyed_numbers(8'000, keys);
    const std::vector<Number> expected = sums_of(partitions);
    for (const std::size_t max_items : {1U, 7U, 2'000U}) {
      expect_everywhere(
          partitions, [max_items](auto in) { return in | op::stateful_batch("sum", SumUntilZero{}, max_items); },
          expected);
    }
  }
}

/// Keeps all values of a key in the order of its batches, and emits them at the end.
struct History {
  using State = std::vector<std::int64_t>;
  using Output = std::vector<std::int64_t>;
  void on_batch(std::int64_t /*key*/, std::optional<State>& seen, std::vector<std::int64_t>&& values,
                KeyedEmit<std::int64_t, Output>& /*emit*/) const {
    EXPECT_FALSE(values.empty());
    if (!seen) {
      seen.emplace();
    }
    seen->insert(seen->end(), values.begin(), values.end());
  }
  void on_end(std::int64_t /*key*/, std::optional<State>& seen, KeyedEmit<std::int64_t, Output>& emit) const {
    emit(std::move(*seen));
    seen.reset();
  }
};

TEST(StatefulBatch, KeepsTheOrderOfAKeysValuesAndHearsOfTheEndBehindThem) {
  const auto partitions = keyed_numbers(20'000, 40);
  std::map<std::int64_t, std::vector<std::int64_t>> histories;
  for (const auto& partition : partitions) {
    for (const auto& [key, number] : partition) {
      histories[key].push_back(number);
    }
  }
  expect_everywhere(
      partitions, [](auto in) { return in | op::stateful_batch("history", History{}, 7); },
      std::vector<Batch>{histories.begin(), histories.end()});
}

TEST(StatefulBatch, HasWhatCameTogetherByKeyInTheOrderOfTheirFirst) {
  EXPECT_EQ(batches_of({{5, 1}, {2, 2}, {5, 3}, {9, 4}, {2, 5}, {5, 6}}, 512),
            (std::vector<Batch>{{5, {1, 3, 6}}, {2, {2, 5}}, {9, {4}}}));
}

TEST(StatefulBatch, CutsBatchesThatAreLargerThanTheyMayBe) {
  EXPECT_EQ(batches_of({{5, 1}, {5, 2}, {2, 3}, {5, 4}, {5, 5}, {5, 6}}, 2),
            (std::vector<Batch>{{5, {1, 2}}, {2, {3}}, {5, {4, 5}}, {5, {6}}}));
}

TEST(StatefulBatch, GathersAThousandItemsOfAllKeysAtMost) {
  std::vector<Number> items;
  items.reserve(3'000);
  for (std::int64_t n = 0; n < 3'000; ++n) {
    items.emplace_back(n % 2, n);
  }
  const std::vector<Batch> batches = batches_of(std::move(items), 600);
  EXPECT_EQ(batches.front().second.size(), 512U);
}

TEST(StatefulBatch, CountsItemsAndKeysInTheReport) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"counted"};
    flow.input("in", testing::Scripted<Number>{{{{1, 1}, {2, 1}, {1, 2}, {1, 3}, {3, 0}}}}) |
        op::stateful_batch("sum", SumUntilZero{}) | op::output("out", testing::Collected<Number>{});
    RunOptions options;
    options.workers = workers;
    const RunReport report = run(flow, options);
    EXPECT_EQ(report.steps[1].op, "stateful_batch");
    EXPECT_EQ(report.steps[1].items, 5U);
    EXPECT_EQ(report.steps[1].keys_held, 2U);
  }
}

/// Runs steps over an input that does not end, until `count` items are out, and returns these.
template <typename T, typename Steps>
auto run_until(std::vector<T> items, Steps steps, std::ptrdiff_t count, std::size_t workers) {
  Dataflow flow{"flow"};
  std::latch seen{count};
  auto out = steps(flow.input("in", testing::Scripted<T>{{std::move(items)}, testing::Then::kPause}));
  using Out = typename decltype(out)::Item;
  std::mutex mutex;
  std::vector<Out> all;
  out | op::output("out", Callback{[&](Out item) {
                     const std::scoped_lock lock{mutex};
                     all.push_back(std::move(item));
                     if (all.size() <= static_cast<std::size_t>(count)) {
                       seen.count_down();
                     }
                   }});
  RunOptions options;
  options.workers = workers;
  RunHandle handle = start(flow, options);
  seen.wait();
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
  std::ranges::sort(all);
  return all;
}

TEST(StatefulBatch, HoldsNoItemBackWhenNothingElseComes) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(run_until(
                  std::vector<Number>{{1, 1}, {2, 5}, {1, 2}},
                  [](auto in) { return in | op::stateful_batch("sum", SumUntilZero{}); }, 3, workers),
              (std::vector<Number>{{1, 1}, {1, 3}, {2, 5}}));
  }
}

/// Calls a key back 10 s behind the last of its seconds, and says how many it had.
struct Silence {
  struct State {
    std::int64_t last = 0;
    std::int64_t times = 0;
  };
  using Output = std::pair<std::int64_t, std::int64_t>;

  void on_batch(const std::string& /*key*/, std::optional<State>& state, std::vector<std::int64_t>&& seconds,
                KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    if (state) {
      timers.cancel_event(at(state->last + 10));
    } else {
      state.emplace();
    }
    state->last = std::max(state->last, std::ranges::max(seconds));
    state->times += static_cast<std::int64_t>(seconds.size());
    timers.set_event(at(state->last + 10));
  }

  void on_timer(const std::string& /*key*/, std::optional<State>& state, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& /*timers*/) const {
    emit({timer.at.time_since_epoch() / 1s, state->times});
    state.reset();
  }

  static Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }
};

using Second = std::pair<std::string, std::int64_t>;
using Silences = std::vector<std::pair<std::string, Silence::Output>>;

std::chrono::sys_seconds second_of(const Second& second) {
  return std::chrono::sys_seconds{std::chrono::seconds{second.second}};
}

auto silences(const Stream<Second>& seconds) {
  return seconds | op::event_time("clock", EventClock{&second_of, 3s}) | op::stateful_batch("silence", Silence{});
}

TEST(StatefulBatchWithTimers, HasTheValuesThatCameBeforeATimerRings) {
  // The input does not end, so only the watermark, of 15 s, can say that ann is silent.
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(run_until(std::vector<Second>{{"ann", 1}, {"ann", 4}, {"bob", 18}}, silences, 1, workers),
              (Silences{{"ann", {14, 2}}}));
  }
}

TEST(StatefulBatchWithTimers, RingsAtTheEndOfTheInput) {
  expect_everywhere(std::vector<std::vector<Second>>{{{"ann", 1}, {"ann", 4}}, {{"bob", 3}}}, silences,
                    Silences{{"ann", {14, 2}}, {"bob", {13, 1}}});
}

/// Counts a key's values, and emits the number some time later by the system's clock.
struct CountLater {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_batch(std::int64_t /*key*/, std::optional<State>& count, std::vector<std::int64_t>&& values,
                KeyedEmit<std::int64_t, Output>& /*emit*/, Timers& timers) const {
    if (!count) {
      timers.set_system(timers.system_time() + 1ms);
    }
    count = count.value_or(0) + static_cast<std::int64_t>(values.size());
  }
  void on_timer(std::int64_t /*key*/, std::optional<State>& count, const Timer& /*timer*/,
                KeyedEmit<std::int64_t, Output>& emit, Timers& /*timers*/) const {
    emit(*count);
    count.reset();
  }
};

TEST(StatefulBatchWithTimers, RingsByTheSystemsClock) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(run_until(
                  std::vector<Number>{{1, 1}, {2, 5}, {1, 2}},
                  [](auto in) { return in | op::stateful_batch("count", CountLater{}); }, 2, workers),
              (std::vector<Number>{{1, 2}, {2, 1}}));
  }
}

TEST(StatefulBatch, TakesLogicThatEachWorkerMakes) {
  struct Own : Show {
    std::unique_ptr<int> cannot_be_copied = std::make_unique<int>(1);
  };
  expect_everywhere(
      std::vector<std::vector<Number>>{{{1, 1}, {2, 2}}},
      [](auto in) { return in | op::stateful_batch("show", per_worker([](WorkerContext) { return Own{}; })); },
      std::vector<Batch>{{1, {1}}, {2, {2}}});
}

TEST(StatefulBatch, HandlesWhatItHasGatheredBeforeASnapshot) {
  const auto partitions = keyed_numbers(300, 9);
  std::vector<Number> expected = sums_of(partitions);
  std::ranges::sort(expected);
  for (const std::size_t max_items : {3U, 512U}) {
    auto out = testing::run_over_aborted(
        partitions, [max_items](auto in) { return in | op::stateful_batch("sum", SumUntilZero{}, max_items); },
        {.at = {11, 60, 60, 60, 150}});
    std::ranges::sort(out);
    EXPECT_EQ(out, expected);
  }
}

/// Calls a key back 10 s behind each of its seconds.
struct CallBack {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_batch(const std::string& /*key*/, std::optional<State>& count, std::vector<std::int64_t>&& seconds,
                KeyedEmit<std::string, Output>& /*emit*/, Timers& timers) const {
    count = count.value_or(0) + static_cast<std::int64_t>(seconds.size());
    for (const std::int64_t second : seconds) {
      timers.set_event(Silence::at(second + 10));
    }
  }
  void on_timer(const std::string& /*key*/, std::optional<State>& /*count*/, const Timer& timer,
                KeyedEmit<std::string, Output>& emit, Timers& /*timers*/) const {
    emit(timer.at.time_since_epoch() / 1s);
  }
};

TEST(StatefulBatchWithTimers, RingsOnceThoughTheRunIsInterrupted) {
  std::vector<std::vector<Second>> partitions(3);
  std::vector<Second> expected;
  for (std::int64_t n = 0; n < 300; ++n) {
    const std::string key = "k" + std::to_string(n % 12);
    partitions[static_cast<std::size_t>(n % 3)].emplace_back(key, n);
    expected.emplace_back(key, n + 10);
  }
  auto out = testing::run_over_aborted(partitions,
                                       [](auto in) {
                                         return in | op::event_time("clock", EventClock{&second_of, 3s}) |
                                                op::stateful_batch("call_back", CallBack{});
                                       },
                                       {.at = {11, 60, 60, 60, 150}});
  std::ranges::sort(out);
  std::ranges::sort(expected);
  EXPECT_EQ(out, expected);
}

/// Throws at the number 3.
struct Fails : Show {
  void on_batch(std::int64_t key, std::optional<State>& batches, std::vector<std::int64_t>&& values,
                KeyedEmit<std::int64_t, Output>& emit) const {
    if (std::ranges::find(values, 3) != values.end()) {
      throw std::domain_error{"boom"};
    }
    Show::on_batch(key, batches, std::move(values), emit);
  }
};

TEST(StatefulBatch, NamesTheKeyAtWhoseBatchItThrows) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    try {
      testing::run_over(
          std::vector<std::vector<Number>>{{{1, 1}, {7, 3}, {2, 2}}},
          [](auto in) { return in | op::stateful_batch("step", Fails{}); }, workers);
      ADD_FAILURE() << "nothing stopped it";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "step");
      EXPECT_THAT(error.what(), ::testing::HasSubstr("key \"7\": boom"));
    }
  }
}

/// What a BuildError says.
std::string refusal(const std::function<void(const Stream<Number>&)>& add_steps) {
  Dataflow flow{"flow"};
  try {
    add_steps(flow.input("in", testing::Scripted<Number>{{}}));
  } catch (const BuildError& error) {
    return error.what();
  }
  return "it was accepted";
}

TEST(StatefulBatch, RefusesBatchesOfNothing) {
  EXPECT_EQ(refusal([](const auto& in) { static_cast<void>(in | op::stateful_batch("show", Show{}, 0)); }),
            "step \"show\": max_items is 0; it must be at least 1");
}

TEST(StatefulBatch, TakesNoErrorPolicy) {
  const auto show = [](const Stream<Number>& in) { return in | op::stateful_batch("show", Show{}); };
  EXPECT_EQ(refusal([&](const auto& in) { static_cast<void>(in | op::skip_errors(show, copy_before)); }),
            "dataflow \"flow\": skip_errors: step \"show\" gathers items for its logic, so the item at which the logic "
            "throws is not known");
  EXPECT_THAT(refusal([&](const auto& in) { static_cast<void>(in | op::catch_errors(show)); }),
              ::testing::HasSubstr("gathers items"));
}

}  // namespace
}  // namespace weir
