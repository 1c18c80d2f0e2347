#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "dataflow/random_input.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using simulation::Rng;

/// A number that belongs to a key and lies at a second.
struct Reading {
  std::int64_t second = 0;
  std::int64_t number = 0;

  friend auto operator<=>(const Reading&, const Reading&) = default;
};
using Key = std::uint32_t;
using Keyed = std::pair<Key, Reading>;
using Partitions = std::vector<std::vector<Keyed>>;

Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }
std::chrono::sys_seconds time_of(const Reading& reading) {
  return std::chrono::sys_seconds{std::chrono::seconds{reading.second}};
}

const EventClock kClock{&time_of, 5s};

/// What a window's values are together, whatever their order.
struct Tally {
  std::int64_t count = 0;
  std::int64_t sum = 0;

  friend auto operator<=>(const Tally&, const Tally&) = default;
};
void add(Tally& tally, Reading&& reading) {
  ++tally.count;
  tally.sum += reading.number;
}
void merge(Tally& tally, Tally&& other) {
  tally.count += other.count;
  tally.sum += other.sum;
}
/// The same, for windows that take panes off again.
struct Tallying {
  static Tally first(const Reading& reading) { return {1, reading.number}; }
  static void add(Tally& tally, Reading&& reading) { weir::add(tally, std::move(reading)); }
  static void merge(Tally& tally, Tally&& other) { weir::merge(tally, std::move(other)); }
  static void subtract(Tally& tally, const Tally& part) {
    tally.count -= part.count;
    tally.sum -= part.sum;
  }
  static Tally result(const Tally& tally) { return tally; }
};
template <typename Windows>
auto tally(Windows windows) {
  return op::fold_window("window", std::move(windows), [] { return Tally{}; }, &add, &merge);
}
template <typename Windows>
auto tally_unmerged(Windows windows) {
  return op::fold_window("window", std::move(windows), [] { return Tally{}; }, &add);
}

using Result = std::pair<Key, InWindow<Tally>>;

/// An item, and how far the watermark of its partition had come before it.
struct Arrived {
  Key key;
  Reading reading;
  std::int64_t promise;
};

/// All items with their promises, those of a partition in order.
std::vector<Arrived> arrived(const Partitions& partitions, std::int64_t out_of_orderness = 5) {
  std::vector<Arrived> all;
  for (const auto& partition : partitions) {
    std::int64_t promise = std::numeric_limits<std::int64_t>::min();
    for (const auto& [key, reading] : partition) {
      all.push_back({key, reading, promise});
      promise = std::max(promise, reading.second - out_of_orderness);
    }
  }
  return all;
}

/// Windows that are there at equal distances, by looking at each item and each window near it.
std::pair<std::vector<Result>, std::vector<Keyed>> aligned_reference(const Partitions& partitions, std::int64_t length,
                                                                     std::int64_t every, std::int64_t aligned_to) {
  std::map<std::pair<Key, std::int64_t>, Tally> windows;
  std::vector<Keyed> late;
  for (const Arrived& item : arrived(partitions)) {
    bool in_any = false;
    bool taken = false;
    const std::int64_t near = (item.reading.second - aligned_to) / every;
    for (std::int64_t id = near - length / every - 2; id <= near + 2; ++id) {
      const std::int64_t start = aligned_to + id * every;
      if (item.reading.second < start || item.reading.second >= start + length) {
        continue;
      }
      in_any = true;
      if (start + length > item.promise) {
        taken = true;
        Tally& window = windows[{item.key, id}];
        ++window.count;
        window.sum += item.reading.number;
      }
    }
    if (in_any && !taken) {
      late.emplace_back(item.key, item.reading);
    }
  }
  std::vector<Result> results;
  for (const auto& [place, window] : windows) {
    const std::int64_t start = aligned_to + place.second * every;
    results.push_back({place.first, {{place.second, at(start), at(start + length)}, window}});
  }
  std::ranges::sort(late);
  return {results, late};
}

Partitions random_readings(Rng& rng, const InputPlan& plan) {
  Partitions all;
  for (const auto& places : random_places(rng, plan)) {
    auto& partition = all.emplace_back();
    for (const Place& place : places) {
      partition.push_back({place.key, {place.second, static_cast<std::int64_t>(rng.below(1'000))}});
    }
  }
  return all;
}

/// Runs the step, and gives what came out of two of its streams, sorted.
template <typename Step>
std::pair<std::vector<Result>, std::vector<Keyed>> run_windows(const Partitions& partitions, const Step& step,
                                                               std::size_t workers) {
  Dataflow flow{"windows"};
  const testing::Collected<Result> down;
  const testing::Collected<Keyed> late;
  const auto streams = flow.input("readings", testing::Scripted<Keyed>{partitions}) | step;
  streams.down | op::output("down", down);
  streams.late | op::output("late", late);
  RunOptions options;
  options.workers = workers;
  run(flow, options);
  auto results = down.items();
  auto late_ones = late.items();
  std::ranges::sort(results);
  std::ranges::sort(late_ones);
  return {std::move(results), std::move(late_ones)};
}

/// Calls `check(rng, readings, workers)` with random readings.
template <typename Check>
void for_random_readings(bool late, Check check) {
  for_random_inputs(1'200, [&](Rng& rng, InputShape shape, std::size_t workers) {
    const InputPlan plan{.shape = shape,
                         .partitions = rng.between(1, 4),
                         .keys = static_cast<Key>(rng.between(1, 6)),
                         .items = 80,
                         .step = static_cast<std::int64_t>(rng.between(1, rng.percent(20) ? 40 : 4)),
                         .late = late};
    check(rng, random_readings(rng, plan), workers);
  });
}

TEST(TumblingWindows, HoldWhatABruteForceReferenceHolds) {
  for_random_readings(true, [](Rng& rng, const Partitions& readings, std::size_t workers) {
    const auto length = static_cast<std::int64_t>(rng.between(1, 30));
    const auto aligned_to = static_cast<std::int64_t>(rng.below(100)) - 50;
    const TumblingWindows windows{
        .clock = kClock, .length = std::chrono::seconds{length}, .aligned_to = at(aligned_to)};
    ASSERT_EQ(run_windows(readings, tally(windows), workers), aligned_reference(readings, length, length, aligned_to));
  });
}

TEST(SlidingWindows, HoldWhatABruteForceReferenceHolds) {
  for_random_readings(true, [](Rng& rng, const Partitions& readings, std::size_t workers) {
    const auto length = static_cast<std::int64_t>(rng.between(1, 30));
    const auto every = static_cast<std::int64_t>(rng.between(1, 12));
    const auto aligned_to = static_cast<std::int64_t>(rng.below(100)) - 50;
    const SlidingWindows windows{.clock = kClock,
                                 .length = std::chrono::seconds{length},
                                 .every = std::chrono::seconds{every},
                                 .aligned_to = at(aligned_to)};
    const auto expected = aligned_reference(readings, length, every, aligned_to);
    ASSERT_EQ(run_windows(readings, tally(windows), workers), expected);
    ASSERT_EQ(run_windows(readings, tally_unmerged(windows), workers), expected);
    ASSERT_EQ(run_windows(readings, op::aggregate_window("window", windows, Tallying{}), workers), expected);
  });
}

/// Sessions of a single partition, item by item.
std::pair<std::vector<Result>, std::vector<Keyed>> session_reference(const Partitions& partitions, std::int64_t gap) {
  struct Session {
    std::int64_t id;
    std::int64_t first;
    std::int64_t last;
    Tally tally;
  };
  std::map<Key, std::vector<Session>> sessions;
  std::vector<Keyed> late;
  for (const Arrived& item : arrived(partitions)) {
    std::int64_t second = item.reading.second;
    std::vector<Session>& of_key = sessions[item.key];
    Session joined{second, second, second, {1, item.reading.number}};
    bool any = false;
    std::vector<Session> rest;
    std::ranges::stable_sort(of_key, {}, &Session::first);
    for (const Session& each : of_key) {
      if (second < each.last + gap && each.first < second + gap && each.last + gap > item.promise) {
        joined.id = any ? joined.id : each.id;
        any = true;
        joined.first = std::min(joined.first, each.first);
        joined.last = std::max(joined.last, each.last);
        joined.tally.count += each.tally.count;
        joined.tally.sum += each.tally.sum;
      } else {
        rest.push_back(each);
      }
    }
    if (!any && second + gap <= item.promise) {
      late.emplace_back(item.key, item.reading);
    } else {
      rest.push_back(joined);
    }
    of_key = rest;
  }
  std::vector<Result> results;
  for (const auto& [key, of_key] : sessions) {
    for (const Session& each : of_key) {
      results.push_back({key, {{each.id * 1'000'000'000, at(each.first), at(each.last + gap)}, each.tally}});
    }
  }
  std::ranges::sort(results);
  std::ranges::sort(late);
  return {results, late};
}

TEST(SessionWindows, OfOnePartitionHoldWhatABruteForceReferenceHolds) {
  for_random_readings(true, [](Rng& rng, Partitions readings, std::size_t workers) {
    readings.resize(1);
    const auto gap = static_cast<std::int64_t>(rng.between(1, 20));
    ASSERT_EQ(run_windows(readings, tally(SessionWindows{kClock, std::chrono::seconds{gap}}), workers),
              session_reference(readings, gap));
  });
}

TEST(SessionWindows, OfSeveralPartitionsAreTheSameInAnyOrderOfArrival) {
  for_random_readings(false, [](Rng& rng, const Partitions& readings, std::size_t workers) {
    const auto gap = static_cast<std::int64_t>(rng.between(1, 20));
    // Sort everything, then compute: no item is late, so neither the order nor the partition of an item counts.
    Partitions sorted(1);
    for (const auto& partition : readings) {
      sorted[0].insert(sorted[0].end(), partition.begin(), partition.end());
    }
    std::ranges::stable_sort(sorted[0], {}, [](const Keyed& item) { return item.second.second; });
    auto expected = session_reference(sorted, gap);
    auto found = run_windows(readings, tally(SessionWindows{kClock, std::chrono::seconds{gap}}), workers);
    for (auto* const results : {&expected.first, &found.first}) {
      for (Result& each : *results) {
        each.second.window.id = 0;  // which item opened it does depend on the order
      }
      std::ranges::sort(*results);
    }
    ASSERT_EQ(found, expected);
  });
}

TEST(TumblingWindows, EmitAgainForEachLateItemWithinTheAllowedLateness) {
  // With 5 s of disorder second 31 promises 26: the window of 10 to 20 is over, and kept until 40.
  const Partitions readings{
      {{1, {12, 1}}, {1, {31, 0}}, {1, {13, 10}}, {1, {14, 100}}, {1, {46, 0}}, {1, {15, 1'000}}}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto [down, late] =
        run_windows(readings, tally(TumblingWindows{.clock = kClock, .length = 10s, .allowed_lateness = 20s}), workers);
    const Window first{1, at(10), at(20)};
    EXPECT_EQ(down, (std::vector<Result>{{1, {first, {1, 1}}},
                                         {1, {first, {2, 11}}},
                                         {1, {first, {3, 111}}},
                                         {1, {{3, at(30), at(40)}, {1, 0}}},
                                         {1, {{4, at(40), at(50)}, {1, 0}}}}));
    EXPECT_EQ(late, (std::vector<Keyed>{{1, {15, 1'000}}}));
  }
}

TEST(SessionWindows, EmitAgainForEachLateItemWithinTheAllowedLateness) {
  const Partitions readings{{{1, {12, 1}}, {1, {36, 0}}, {1, {13, 10}}, {1, {60, 0}}, {1, {14, 100}}}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto [down, late] =
        run_windows(readings, tally(SessionWindows{.clock = kClock, .gap = 10s, .allowed_lateness = 20s}), workers);
    EXPECT_THAT(down, ::testing::IsSupersetOf(std::vector<Result>{{1, {{12'000'000'000, at(12), at(23)}, {2, 11}}},
                                                                  {1, {{36'000'000'000, at(36), at(46)}, {1, 0}}},
                                                                  {1, {{60'000'000'000, at(60), at(70)}, {1, 0}}}}));
    EXPECT_EQ(late, (std::vector<Keyed>{{1, {14, 100}}}));
  }
}

TEST(Windows, ReportHowMuchCameTooLateIfNobodyTakesIt) {
  const Partitions readings{{{1, {12, 1}}, {1, {90, 0}}, {1, {13, 10}}, {2, {14, 100}}, {1, {88, 1'000}}}};
  const auto dropped = [&](auto windows, bool taken, std::size_t workers) {
    Dataflow flow{"late"};
    const testing::Collected<Result> out;
    const testing::Collected<Keyed> late;
    const auto streams = flow.input("readings", testing::Scripted<Keyed>{readings}) | tally(windows);
    streams.down | op::output("out", out);
    if (taken) {
      streams.late | op::output("late", late);
    }
    RunOptions options;
    options.workers = workers;
    const RunReport report = run(flow, options);
    EXPECT_EQ(late.items().size(), taken ? 2U : 0U);
    const auto step = std::ranges::find(report.steps, "window", &StepReport::step_id);
    return step->counters.contains("late_dropped") ? step->counters.at("late_dropped") : 0;
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(dropped(TumblingWindows{kClock, 10s}, false, workers), 2U);
    EXPECT_EQ(dropped(SlidingWindows{kClock, 10s, 5s}, false, workers), 2U);
    EXPECT_EQ(dropped(SessionWindows{kClock, 10s}, false, workers), 2U);
    EXPECT_EQ(dropped(SessionWindows{kClock, 10s}, true, workers), 0U);
  }
}

TEST(TumblingWindows, OfAQuietKeyCloseWhenOthersMoveTheTime) {
  Dataflow flow{"quiet"};
  const testing::Collected<Result> out;
  flow.input("readings", testing::Scripted<Keyed>{{{{1, {3, 7}}, {2, {30, 1}}}}, testing::Then::kPause}) |
      tally(TumblingWindows{kClock, 10s}) | op::output("out", out);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const std::size_t before = out.items().size();
    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    while (out.items().size() == before && !run.done()) {
      std::this_thread::yield();
    }
    run.stop();
    run.wait();
    EXPECT_EQ(out.items().size(), before + 1);
    EXPECT_EQ(out.items().back(), (Result{1, {{0, at(0), at(10)}, {1, 7}}}));
  }
}

TEST(TumblingWindows, WaitForASilentPartitionUnlessItIsSilentForTooLong) {
  for (const bool leaves_out : {false, true}) {
    Dataflow flow{"silent"};
    const testing::Collected<Result> out;
    EventClock clock = kClock;
    if (leaves_out) {
      clock.idle_after = 1ms;
    }
    flow.input("readings",
               testing::Scripted<Keyed>{{{{1, {3, 7}}, {2, {30, 1}}}, {{3, {4, 1}}}}, testing::Then::kPause}) |
        tally(TumblingWindows{clock, 10s}) | op::output("out", out);
    for (const std::size_t workers : testing::kWorkerCounts) {
      const std::size_t before = out.items().size();
      RunOptions options;
      options.workers = workers;
      RunHandle run = start(flow, options);
      while (leaves_out && out.items().size() < before + 2 && !run.done()) {
        std::this_thread::yield();
      }
      run.stop();
      run.wait();
      EXPECT_EQ(out.items().size(), before + (leaves_out ? 2 : 0));
    }
  }
}

TEST(WindowEvents, SayWhenWindowsOpenMergeAndClose) {
  using Kind = WindowEvent::Kind;
  const Partitions readings{{{1, {12, 1}}, {1, {18, 1}}, {1, {15, 1}}}};
  const auto events_of = [&](auto step, std::size_t workers) {
    return testing::run_over(readings, [&](auto in) { return (in | step).meta; }, workers);
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    const Window first{1, at(10), at(20)};
    EXPECT_THAT(events_of(tally(TumblingWindows{kClock, 10s}), workers),
                ::testing::ElementsAre(std::pair{1U, WindowEvent{Kind::kOpened, first}},
                                       std::pair{1U, WindowEvent{Kind::kClosed, first}}));
    EXPECT_THAT(events_of(tally(SessionWindows{kClock, 5s}), workers),
                ::testing::ElementsAre(
                    std::pair{1U, WindowEvent{Kind::kOpened, {12'000'000'000, at(12), at(17)}}},
                    std::pair{1U, WindowEvent{Kind::kOpened, {18'000'000'000, at(18), at(23)}}},
                    std::pair{1U, WindowEvent{Kind::kMerged, {18'000'000'000, at(18), at(23)}, 12'000'000'000}},
                    std::pair{1U, WindowEvent{Kind::kClosed, {12'000'000'000, at(12), at(23)}}}));
    EXPECT_THAT(events_of(tally(SlidingWindows{kClock, 10s, 5s}), workers),
                ::testing::UnorderedElementsAre(std::pair{1U, WindowEvent{Kind::kOpened, {1, at(5), at(15)}}},
                                                std::pair{1U, WindowEvent{Kind::kOpened, {2, at(10), at(20)}}},
                                                std::pair{1U, WindowEvent{Kind::kOpened, {3, at(15), at(25)}}},
                                                std::pair{1U, WindowEvent{Kind::kClosed, {1, at(5), at(15)}}},
                                                std::pair{1U, WindowEvent{Kind::kClosed, {2, at(10), at(20)}}},
                                                std::pair{1U, WindowEvent{Kind::kClosed, {3, at(15), at(25)}}}));
  }
}

// Also where the first item of a window is late for others of its windows.
TEST(WindowEvents, OfSlidingWindowsAreOneOpeningThenOneClosingOfEachThatHasAResult) {
  using Kind = WindowEvent::Kind;
  for_random_readings(true, [](Rng& rng, const Partitions& readings, std::size_t workers) {
    const auto length = static_cast<std::int64_t>(rng.between(1, 30));
    const auto every = static_cast<std::int64_t>(rng.between(1, 12));
    const SlidingWindows windows{
        .clock = kClock, .length = std::chrono::seconds{length}, .every = std::chrono::seconds{every}};
    std::map<std::pair<Key, Window>, std::vector<Kind>> expected;
    for (const auto& [key, result] : aligned_reference(readings, length, every, 0).first) {
      expected[{key, result.window}] = {Kind::kOpened, Kind::kClosed};
    }
    const auto expect_events_of = [&](auto step) {
      std::map<std::pair<Key, Window>, std::vector<Kind>> kinds;
      for (const auto& [key, event] : testing::run_over(readings, [&](auto in) { return (in | step).meta; }, workers)) {
        kinds[{key, event.window}].push_back(event.kind);
      }
      EXPECT_EQ(kinds, expected);
    };
    expect_events_of(tally(windows));
    expect_events_of(tally_unmerged(windows));
    expect_events_of(op::aggregate_window("window", windows, Tallying{}));
  });
}

TEST(CountWindows, HoldEachItemsInTheirOrder) {
  std::vector<std::pair<Key, int>> numbers;
  for (int n = 1; n <= 7; ++n) {
    numbers.emplace_back(n % 2 == 0 ? 2 : 1, n);
  }
  const auto values_of = [&](CountWindows windows) {
    return [windows](auto in) {
      return (in | op::collect_window("window", windows)).down |
             op::map_value("values", [](InWindow<std::vector<int>> in_window) { return in_window.value; });
    };
  };
  using Values = std::vector<std::pair<Key, std::vector<int>>>;
  expect_everywhere(std::vector<std::vector<std::pair<Key, int>>>{numbers}, values_of({2}),
                    Values{{1, {1, 3}}, {1, {5, 7}}, {2, {2, 4}}, {2, {6}}});
  expect_everywhere(
      std::vector<std::vector<std::pair<Key, int>>>{numbers}, values_of({3, 1}),
      Values{{1, {1, 3, 5}}, {1, {3, 5, 7}}, {1, {5, 7}}, {1, {7}}, {2, {2, 4, 6}}, {2, {4, 6}}, {2, {6}}});
  expect_everywhere(std::vector<std::vector<std::pair<Key, int>>>{numbers}, values_of({1, 3}),
                    Values{{1, {5}}, {2, {6}}});
}

TEST(GlobalWindows, EmitWhenTheirTriggerSays) {
  const GlobalWindows windows{[](int number, std::uint64_t count) {
    return number == 0 ? Trigger::kEmitAndClear : count == 2 ? Trigger::kEmit : Trigger::kWait;
  }};
  using Sum = std::pair<Key, std::pair<std::int64_t, std::int64_t>>;
  expect_everywhere(
      std::vector<std::vector<std::pair<Key, int>>>{{{1, 5}, {1, 6}, {1, 7}, {1, 0}, {1, 8}, {2, 3}}},
      [&](auto in) {
        return (in | op::sum_window("window", windows)).down |
               op::map_value("sum", [](InWindow<std::int64_t> sum) { return std::pair{sum.window.id, sum.value}; });
      },
      std::vector<Sum>{{1, {0, 11}}, {1, {0, 18}}, {1, {1, 8}}, {2, {0, 3}}});
}

TEST(Windows, OfWindowsGoByTheTimeThatFlowsOn) {
  // The busiest minute of each hour, over all keys.
  Rng rng{7};
  const Partitions readings =
      random_readings(rng, {.shape = InputShape::kOutOfOrder, .partitions = 3, .keys = 5, .items = 120, .step = 40});
  std::map<std::int64_t, std::int64_t> busiest;
  for (const auto& [key, window] : aligned_reference(readings, 60, 60, 0).first) {
    std::int64_t& most = busiest[window.window.start < at(0) ? -1 : (window.window.start - at(0)) / 1h];
    most = std::max(most, window.value.count);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> expected{busiest.begin(), busiest.end()};
  using Count = InWindow<std::uint64_t>;
  expect_everywhere(
      readings,
      [](auto in) {
        return in | op::count_window("minutes", TumblingWindows{kClock, 60s}) |
               op::map("unkey",
                       [](std::pair<Key, Count> count) { return std::pair{std::string{"all"}, count.second}; }) |
               op::max_window("busiest",
                              TumblingWindows{EventTime{[](const Count& count) { return count.window.start; }}, 1h},
                              &Count::value) |
               op::map("count", [](const std::pair<std::string, InWindow<Count>>& hour) {
                 return std::pair{std::int64_t{hour.second.window.id},
                                  static_cast<std::int64_t>(hour.second.value.value)};
               });
      },
      expected);
}

TEST(WindowsByEventTime, AskForTheTimeOfAValueOnce) {
  std::vector<Keyed> readings;
  for (std::int64_t n = 0; n < 1'000; ++n) {  // in one window and another by turns
    readings.push_back({1, {n % 2 * 10, n}});
  }
  std::size_t asked = 0;
  const EventTime time{[&asked](const Reading& reading) {
    ++asked;
    return time_of(reading);
  }};
  const auto counts = testing::run_over(
      Partitions{readings},
      [&](auto in) {
        return in | op::event_time("clock", EventClock{[](const Keyed& item) { return time_of(item.second); }, 20s}) |
               op::count_window("count", TumblingWindows{time, 10s}) | op::key_rm("windows");
      },
      1);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_EQ(asked, readings.size());
}

TEST(SumAndMeanWindows, TakeAPartOfTheValues) {
  const Partitions readings{{{1, {3, 7}}, {1, {4, 8}}, {2, {5, 1}}}};
  using Sum = std::pair<Key, double>;
  const TumblingWindows windows{kClock, 10s};
  const auto value = [](auto in_window) { return static_cast<double>(in_window.value); };
  expect_everywhere(
      readings,
      [&](auto in) {
        return op::merge("all", in | op::sum_window("sum", windows, &Reading::number) | op::map_value("sums", value),
                         in | op::mean_window("mean", windows, &Reading::number) | op::map_value("means", value));
      },
      std::vector<Sum>{{1, 15}, {1, 7.5}, {2, 1}, {2, 1}});
}

TEST(Windows, OfEachShorthandHoldWhatABruteForceReferenceHolds) {
  using Figure = std::tuple<Key, std::int64_t, std::string, double>;
  for_random_readings(/*late=*/false, [](Rng& rng, const Partitions& readings, std::size_t workers) {
    const auto length = static_cast<std::int64_t>(rng.between(1, 30));
    std::map<std::pair<Key, std::int64_t>, std::vector<std::int64_t>> numbers;
    for (const Arrived& item : arrived(readings)) {
      const std::int64_t second = item.reading.second;
      const std::int64_t window = (second >= 0 ? second : second - length + 1) / length;
      numbers[{item.key, window}].push_back(item.reading.number);
    }
    std::vector<Figure> expected;
    for (const auto& [place, of_window] : numbers) {
      const auto [key, window] = place;
      const auto add_figure = [&](const char* name, auto value) {
        expected.emplace_back(key, window, name, static_cast<double>(value));
      };
      const auto sum = std::accumulate(of_window.begin(), of_window.end(), std::int64_t{0});
      add_figure("count", of_window.size());
      add_figure("collect", sum);
      add_figure("max", std::ranges::max(of_window));
      add_figure("mean", static_cast<double>(sum) / static_cast<double>(of_window.size()));
      add_figure("min", std::ranges::min(of_window));
      add_figure("reduce", sum);
      add_figure("sum", sum);
    }

    Dataflow flow{"windows"};
    const testing::Collected<Figure> out;
    const auto in = flow.input("readings", testing::Scripted<Keyed>{readings});
    const TumblingWindows windows{kClock, std::chrono::seconds{length}};
    const auto collect = [&](const std::string& name, const auto& streams, auto value_of) {
      streams.down | op::map(name + ".figure", [name, value_of](const auto& result) {
        return Figure{result.first, result.second.window.id, name, static_cast<double>(value_of(result.second.value))};
      }) | op::output(name + ".out", out);
    };
    const auto number_of = [](const Reading& reading) { return reading.number; };
    collect("count", in | op::count_window("count", windows), std::identity{});
    collect("collect", in | op::collect_window("collect", windows), [](const std::vector<Reading>& all) {
      return std::accumulate(all.begin(), all.end(), std::int64_t{0},
                             [](std::int64_t sum, const Reading& each) { return sum + each.number; });
    });
    collect("max", in | op::max_window("max", windows, &Reading::number), number_of);
    collect("mean", in | op::mean_window("mean", windows, &Reading::number), std::identity{});
    collect("min", in | op::min_window("min", windows, &Reading::number), number_of);
    collect("reduce",
            in | op::reduce_window("reduce", windows,
                                   [](Reading& so_far, Reading&& next) { so_far.number += next.number; }),
            number_of);
    collect("sum", in | op::sum_window("sum", windows, &Reading::number), std::identity{});
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    auto figures = out.items();
    std::ranges::sort(figures);
    std::ranges::sort(expected);
    EXPECT_EQ(figures, expected);
  });
}

TEST(SystemWindows, CloseThoughNothingComes) {
  Dataflow flow{"system"};
  const testing::Collected<Result> out;
  flow.input("readings", testing::Scripted<Keyed>{{{{1, {3, 7}}, {2, {30, 1}}}}, testing::Then::kPause}) |
      tally(TumblingWindows{SystemClock{}, 1ms}) | op::output("out", out);
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

TEST(SystemWindows, AreResumedByTheirOwnTimeThoughEventTimeIsAhead) {
  constexpr std::int64_t kYear2100 = 4'102'444'800;
  Partitions readings(2);
  for (std::int64_t n = 0; n < 200; ++n) {
    readings[static_cast<std::size_t>(n % 2)].push_back({static_cast<Key>(n % 3), {kYear2100 + n, 1}});
  }
  const auto steps = [](auto in) {
    const auto windows =
        in | op::event_time("time", EventClock{[](const Keyed& keyed) { return time_of(keyed.second); }, 5s}) |
        tally(TumblingWindows{SystemClock{}, 1h});
    return windows.down;
  };
  const Time before = std::chrono::system_clock::now() - 1h;
  std::int64_t count = 0;
  for (const auto& [key, window] : testing::run_over_aborted(readings, steps, {.at = {60, 45, 70}})) {
    EXPECT_GE(window.window.start, before);
    EXPECT_LE(window.window.start, std::chrono::system_clock::now());
    count += window.value.count;
  }
  EXPECT_EQ(count, 200);
}

TEST(Windows, ThatCannotBeAreRefusedWhereTheyAreWritten) {
  Dataflow flow{"refused"};
  const auto in = flow.input("readings", testing::Scripted<Keyed>{{{}}});
  const auto expect_refused = [](auto build, const char* why) {
    try {
      build();
      ADD_FAILURE() << "not refused: " << why;
    } catch (const BuildError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(why));
    }
  };
  expect_refused([&] { in | tally(TumblingWindows{kClock, 0s}); }, "length is 0 ns");
  expect_refused([&] { in | tally(SlidingWindows{kClock, 10s, -1s}); }, "every is -1000000000 ns");
  expect_refused([&] { in | tally(SessionWindows{kClock, std::chrono::hours{24 * 365 * 40}}); }, "at most 36 years");
  expect_refused([&] { in | op::count_window("window", CountWindows{0}); },
                 "CountWindows::length is 0; it must be at least 1");
  expect_refused([&] { in | tally(TumblingWindows{EventTime{&time_of}, 10s}); }, "no event time flows there");
  expect_refused([&] { in | op::redistribute("spread") | tally(TumblingWindows{kClock, 10s}); },
                 "put op::event_time before that step");
}

}  // namespace
}  // namespace weir
