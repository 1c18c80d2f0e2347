#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <thread>
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

using Key = std::uint32_t;

/// Something that happened at a second.
struct Event {
  std::int64_t second = 0;
  std::int64_t number = 0;
  friend auto operator<=>(const Event&, const Event&) = default;
};
using Events = std::vector<std::pair<Key, Event>>;

std::chrono::sys_seconds time_of_event(const Event& event) {
  return std::chrono::sys_seconds{std::chrono::seconds{event.second}};
}
const EventClock kClock{&time_of_event, 5s};

/// Partitions of numbered events.
std::vector<Events> random_events(Rng& rng, InputShape shape) {
  std::vector<Events> partitions;
  std::int64_t number = 0;
  for (const auto& places : random_places(rng, {.shape = shape,
                                                .partitions = rng.between(1, 3),
                                                .keys = static_cast<Key>(rng.between(1, 5)),
                                                .items = 60})) {
    Events& partition = partitions.emplace_back();
    for (const Place& place : places) {
      partition.emplace_back(place.key, Event{place.second, number++});
    }
  }
  return partitions;
}

/// Which are, and which are not, behind the watermark of their partition.
std::pair<Events, Events> by_lateness(const std::vector<Events>& partitions) {
  std::pair<Events, Events> sorted;
  for (const Events& partition : partitions) {
    std::int64_t promise = std::numeric_limits<std::int64_t>::min();
    for (const auto& event : partition) {
      (event.second.second < promise ? sorted.second : sorted.first).push_back(event);
      promise = std::max(promise, event.second.second - 5);
    }
  }
  return sorted;
}

std::map<Key, std::vector<Event>> by_key(const Events& events) {
  std::map<Key, std::vector<Event>> all;
  for (const auto& [key, event] : events) {
    all[key].push_back(event);
  }
  return all;
}

TEST(InTimeOrder, PutsTheEventsOfEachKeyInTheOrderOfTheirTimes) {
  for_random_inputs(1'200, [](Rng& rng, InputShape shape, std::size_t workers) {
    const auto partitions = random_events(rng, shape);
    auto [on_time, late] = by_lateness(partitions);
    Dataflow flow{"ordered"};
    const testing::Collected<Events::value_type> down;
    const testing::Collected<Events::value_type> too_late;
    const auto ordered =
        flow.input("in", testing::Scripted<Events::value_type>{partitions}) | op::in_time_order("order", kClock);
    ordered | op::output("down", down);
    ordered.late | op::output("late", too_late);
    RunOptions options;
    options.workers = workers;
    run(flow, options);

    const auto out = by_key(down.items());
    for (const auto& [key, events] : out) {
      ASSERT_TRUE(std::ranges::is_sorted(events, {}, &Event::second));
    }
    if (partitions.size() == 1) {
      std::ranges::stable_sort(on_time, {}, [](const auto& event) { return event.second.second; });
      ASSERT_EQ(out, by_key(on_time));  // also those with the same time
    }
    auto all = down.items();
    std::ranges::sort(all);
    std::ranges::sort(on_time);
    ASSERT_EQ(all, on_time);
    auto all_late = too_late.items();
    std::ranges::sort(all_late);
    std::ranges::sort(late);
    ASSERT_EQ(all_late, late);
  });
}

TEST(InTimeOrder, EmitsWhatEventTimeHasPassedThoughTheInputDoesNotEnd) {
  const Events events{{1, {7, 0}}, {1, {4, 1}}, {2, {8, 2}}, {2, {12, 3}}};  // the watermark comes to second 7
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"ordered"};
    const testing::Collected<Events::value_type> out;
    flow.input("in", testing::Scripted<Events::value_type>{{events}, testing::Then::kPause}) |
        op::in_time_order("order", kClock) | op::output("out", out);
    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    while (out.items().empty() && !run.done()) {
      std::this_thread::yield();
    }
    run.stop();
    run.wait();
    EXPECT_EQ(out.items(), (Events{{1, {4, 1}}}));
  }
}

TEST(InTimeOrder, GoesOnWithWhatItHeldBack) {
  Rng rng{7};
  std::vector<Events> partitions(3);
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    for (std::int64_t n = 0; n < 70; ++n) {
      partitions[p].push_back(
          {static_cast<Key>(rng.below(4)),
           {n * 3 - static_cast<std::int64_t>(rng.below(6)), n * 3 + static_cast<std::int64_t>(p)}});
    }
  }
  const auto steps = [](const auto& in) { return (in | op::in_time_order("order", kClock)).down; };
  const auto aborted = testing::run_over_aborted(partitions, steps, {.at = {1, 60, 45, 7, 100}});
  auto expected = by_lateness(partitions).first;
  auto all = aborted;
  std::ranges::sort(all);
  std::ranges::sort(expected);
  EXPECT_EQ(all, expected);
}

TEST(InTimeOrder, IsWhatOrdersAWindow) {
  const std::vector<Events> partitions{{{1, {3, 0}}, {1, {1, 1}}, {1, {2, 2}}, {1, {11, 3}}, {1, {10, 4}}}};
  const auto steps = [](const auto& in) {
    return in | op::in_time_order("order", kClock) |
           op::collect_window("window", TumblingWindows{EventTime{&time_of_event}, 10s}) |
           op::map_value("events", [](const auto& in_window) { return in_window.value; });
  };
  using Collection = std::pair<Key, std::vector<Event>>;
  expect_everywhere(partitions, steps, std::vector<Collection>{{1, {{1, 1}, {2, 2}, {3, 0}}}, {1, {{10, 4}, {11, 3}}}});
}

TEST(InTimeOrder, NeedsAClockUpstreamForEventTime) {
  Dataflow flow{"refused"};
  const auto in = flow.input("in", testing::Scripted<Events::value_type>{{{}}});
  EXPECT_THROW(in | op::in_time_order("order", EventTime{&time_of_event}), BuildError);
}

std::chrono::sys_seconds time_of_pair(const Events::value_type& event) { return time_of_event(event.second); }
const EventClock kClockOfPairs{&time_of_pair, 5s};

/// What comes through of one partition, and what is late.
std::pair<Events, Events> without_repetitions(const Events& partition, std::int64_t length) {
  const auto [on_time, late] = by_lateness({partition});
  Events through;
  for (const auto& event : on_time) {
    const auto is_near = [&](const auto& other) {
      return other.first == event.first && std::abs(other.second.second - event.second.second) < length;
    };
    if (std::ranges::none_of(through, is_near)) {
      through.push_back(event);
    }
  }
  return {through, late};
}

TEST(DeduplicateWithin, LetsOneOfThoseThroughThatAreNearInTime) {
  for_random_inputs(1'200, [](Rng& rng, InputShape shape, std::size_t workers) {
    const auto partitions = random_events(rng, shape);
    const auto length = static_cast<std::int64_t>(rng.between(1, 20));
    std::vector<std::size_t> partition_of(1'000);
    Events expected;
    Events expected_late;
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      for (const auto& event : partitions[p]) {
        partition_of.at(static_cast<std::size_t>(event.second.number)) = p;
      }
      const auto [through, late] = without_repetitions(partitions[p], length);
      expected.insert(expected.end(), through.begin(), through.end());
      expected_late.insert(expected_late.end(), late.begin(), late.end());
    }
    Dataflow flow{"once"};
    const testing::Collected<Events::value_type> down;
    const testing::Collected<Events::value_type> too_late;
    const auto once = flow.input("in", testing::Scripted<Events::value_type>{partitions}) |
                      op::deduplicate_within(
                          "once",
                          [partition_of](const auto& event) {
                            return std::pair{event.first, partition_of[static_cast<std::size_t>(event.second.number)]};
                          },
                          kClockOfPairs, std::chrono::seconds{length});
    once | op::output("down", down);
    once.late | op::output("late", too_late);
    RunOptions options;
    options.workers = workers;
    run(flow, options);

    auto all = down.items();
    auto all_late = too_late.items();
    std::ranges::sort(all);
    std::ranges::sort(expected);
    ASSERT_EQ(all, expected);
    std::ranges::sort(all_late);
    std::ranges::sort(expected_late);
    ASSERT_EQ(all_late, expected_late);
  });
}

TEST(DeduplicateWithin, GoesOnWithTheIdsThatItKnew) {
  Events events;
  for (std::int64_t n = 0; n < 210; ++n) {
    events.push_back({static_cast<Key>(n % 7), {n / 3, n}});
  }
  const auto steps = [](const auto& in) {
    return (in | op::deduplicate_within("once", &Events::value_type::first, kClockOfPairs, 20s)).down;
  };
  auto out = testing::run_over_aborted(std::vector<Events>{events}, steps, {.at = {1, 60, 45, 7, 97}});
  auto expected = without_repetitions(events, 20).first;
  std::ranges::sort(out);
  std::ranges::sort(expected);
  EXPECT_EQ(out, expected);
}

TEST(DeduplicateWithin, LetsEventTimeFlowOn) {
  const std::vector<Events> partitions{{{1, {3, 0}}, {1, {4, 1}}, {2, {9, 2}}, {1, {21, 3}}, {2, {22, 4}}}};
  const auto steps = [](const auto& in) {
    return in | op::deduplicate_within("once", &Events::value_type::first, kClockOfPairs, 10s) |
           op::count_window("window", TumblingWindows{EventTime{&time_of_event}, 20s}) |
           op::map_value("count", [](const auto& in_window) { return in_window.value; });
  };
  using Count = std::pair<Key, std::uint64_t>;
  expect_everywhere(partitions, steps, std::vector<Count>{{1, 1}, {1, 1}, {2, 1}, {2, 1}});
}

TEST(DeduplicateWithin, GoesByTheSystemsTimeWhereItIsAskedTo) {
  const std::vector<Events> partitions{{{1, {300, 0}}, {1, {0, 1}}, {2, {9, 2}}, {1, {21, 3}}}};
  const auto steps = [](const auto& in) {
    return in | op::deduplicate_within("once", &Events::value_type::first, SystemClock{}, 1h);
  };
  expect_everywhere(partitions, [&](const auto& in) { return steps(in).down; }, Events{{1, {300, 0}}, {2, {9, 2}}});
  expect_everywhere(partitions, [&](const auto& in) { return steps(in).late; }, Events{});
}

TEST(DeduplicateWithin, OfNoLengthIsRefused) {
  Dataflow flow{"refused"};
  const auto in = flow.input("in", testing::Scripted<Events::value_type>{{{}}});
  EXPECT_THROW(in | op::deduplicate_within("none", &Events::value_type::first, kClockOfPairs, 0s), BuildError);
  EXPECT_THROW(in | op::deduplicate_within("no_clock", &Events::value_type::first, EventTime{&time_of_pair}, 1s),
               BuildError);
}

using Numbers = std::vector<std::pair<Key, int>>;
using Collections = std::vector<std::pair<Key, std::vector<int>>>;

/// Runs steps over an input that does not end, until so many items are there.
template <typename Steps>
auto run_until(const Numbers& numbers, Steps steps, std::size_t count, std::size_t workers) {
  Dataflow flow{"unending"};
  auto out = steps(flow.input("in", testing::Scripted<Numbers::value_type>{{numbers}, testing::Then::kPause}));
  const testing::Collected<typename decltype(out)::Item> collected;
  out | op::output("out", collected);
  RunOptions options;
  options.workers = workers;
  RunHandle run = start(flow, options);
  while (collected.items().size() < count && !run.done()) {
    std::this_thread::yield();
  }
  run.stop();
  run.wait();
  auto items = collected.items();
  std::ranges::sort(items);
  return items;
}

TEST(Collect, EmitsAsManyAsAskedForAndTheRestAtTheEnd) {
  const std::vector<Numbers> partitions{{{1, 0}, {2, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {3, 6}, {3, 7}}};
  expect_everywhere(
      partitions, [](const auto& in) { return in | op::collect("collect", 2, 1h); },
      Collections{{1, {0, 2}}, {1, {3, 4}}, {1, {5}}, {2, {1}}, {3, {6, 7}}});
}

TEST(Collect, EmitsFewerWhenTheFirstHasWaitedLongEnough) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto out =
        run_until({{1, 0}, {2, 1}}, [](const auto& in) { return in | op::collect("collect", 3, 2ms); }, 2, workers);
    EXPECT_EQ(out, (Collections{{1, {0}}, {2, {1}}}));
  }
}

TEST(Collect, GoesOnWithWhatItHadGathered) {
  std::vector<Numbers> partitions(3);
  for (int n = 0; n < 210; ++n) {
    partitions[static_cast<std::size_t>(n) % 3].emplace_back(static_cast<Key>(n % 3 * 10 + n / 3 % 4), n);
  }
  const auto steps = [](const auto& in) { return in | op::collect("collect", 7, 1h); };
  auto expected = testing::run_over(partitions, steps, 2);
  auto out = testing::run_over_aborted(partitions, steps, {.at = {1, 60, 45, 7, 100}});
  std::ranges::sort(expected);
  std::ranges::sort(out);
  EXPECT_EQ(out, expected);
}

TEST(Collect, OfNothingOrForNoTimeIsRefused) {
  Dataflow flow{"refused"};
  const auto in = flow.input("in", testing::Scripted<Numbers::value_type>{{{}}});
  EXPECT_THROW(in | op::collect("none", 0, 1s), BuildError);
  EXPECT_THROW(in | op::collect("at_once", 10, 0s), BuildError);
}

}  // namespace
}  // namespace weir
