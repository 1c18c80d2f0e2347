#include "status/interval.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "unit/status/example_run.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

class AnInterval : public ::testing::Test {
 protected:
  RunStatus before_ = search_sessions_after(120s);
  RunStatus now_ = search_sessions_after(130s);
};

TEST_F(AnInterval, HasTheCountersAndTimesThatWereAddedInIt) {
  const RunStatus last = since(before_, now_);
  EXPECT_EQ(last.elapsed, 10s);
  EXPECT_EQ(last.steps[0].workers[1].items, 490'000U);
  EXPECT_EQ(last.steps[0].workers[1].working, 2900ms);
  EXPECT_EQ(last.steps[2].workers[1].serializing, 900ms);
  EXPECT_EQ(last.steps[2].workers[1].deserializing, 700ms);
  EXPECT_EQ(last.steps[2].counters.at("late_dropped"), 30U);
  EXPECT_EQ(last.edges[1].bytes, 74'000'000U);
  EXPECT_EQ(last.workers[0].runtime, 300ms);
  EXPECT_EQ(last.workers[0].waiting_for_input, 400ms);
  EXPECT_EQ(last.workers[0].waiting_for_room, 100ms);
  EXPECT_EQ(time_of_worker(last, 1), 10s);
}

TEST_F(AnInterval, KeepsWhatDoesNotAddUp) {
  const RunStatus last = since(before_, now_);
  EXPECT_EQ(last.steps[2].keys_held(), now_.steps[2].keys_held());
  EXPECT_EQ(last.edges[1].buffers_in_flight, 11U);
  EXPECT_EQ(last.workers[0].silent_for, 12ms);
  EXPECT_EQ(last.now, now_.now);
}

TEST_F(AnInterval, IsTheWholeRunWithoutAnEarlierStatusOfTheSameRun) {
  EXPECT_EQ(since({}, now_).elapsed, 130s);
  EXPECT_EQ(since(now_, now_).elapsed, 130s);
  EXPECT_EQ(since(now_, before_).elapsed, 120s) << "not earlier";
  now_.epochs.failed = 1;
  EXPECT_EQ(since(before_, now_).elapsed, 130s) << "a restart counts anew";
  now_.epochs.failed = 0;
  now_.steps[1].id = "other";
  EXPECT_EQ(since(before_, now_).elapsed, 130s) << "another dataflow";
}

TEST_F(AnInterval, TakesWhatBecameLessForNothing) {
  now_.steps[0].workers[0].working = 1s;
  now_.steps[2].counters["late_dropped"] = 1;
  const RunStatus last = since(before_, now_);
  EXPECT_EQ(last.steps[0].workers[0].working, 0s);
  EXPECT_EQ(last.steps[2].counters.at("late_dropped"), 0U);
}

TEST_F(AnInterval, HasACounterThatIsNew) {
  now_.steps[1].counters["hits"] = 7;
  EXPECT_EQ(since(before_, now_).steps[1].counters.at("hits"), 7U);
}

TEST(Rates, WithoutTimeAreNothing) {
  EXPECT_EQ(per_second(5, 0s), 0);
  EXPECT_EQ(share(1s, 0s), 0);
  EXPECT_EQ(per_second(5, 2s), 2.5);
  EXPECT_EQ(share(1s, 4s), 0.25);
  EXPECT_EQ(share(5s, 4s), 1) << "estimates";
}

TEST(TimeBetween, StaysWithinWhatADurationHolds) {
  EXPECT_EQ(time_between(Time{2s}, Time{5s}), 3s);
  EXPECT_EQ(time_between(Time{-2s}, Time{5s}), 7s);
  EXPECT_EQ(time_between(Time{5s}, Time{2s}), 0s);
  EXPECT_EQ(time_between(Time::min(), Time::max()), nanoseconds::max());
  EXPECT_EQ(time_between(Time{-1ns}, Time::max()), nanoseconds::max());
  EXPECT_EQ(time_between(Time{0ns}, Time::max()), nanoseconds::max());
}

}  // namespace
}  // namespace weir::detail::status
