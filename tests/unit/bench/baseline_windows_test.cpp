#include "bench/baseline_windows.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "bench/windows.hpp"

namespace weir::bench {
namespace {

constexpr std::uint64_t kSizes[] = {0, 1, 2, 777, 30'000, 300'000};

// The windows that a definition finds: all events are sorted by key and time, then each key's are looked at.
// @param windows_of  `(std::span<const KeyedEvent> of_one_key, Tally&)`
template <typename WindowsOf>
Tally sorted_then_computed(std::uint64_t events, WindowsOf windows_of) {
  std::vector<KeyedEvent> sorted;
  for (std::uint64_t n = 0; n < events; ++n) {
    sorted.push_back(make_event(n));
  }
  std::ranges::sort(sorted, {}, [](const KeyedEvent& event) { return std::pair{event.first, event.second.time_ms}; });
  Tally tally;
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::ranges::upper_bound(begin, sorted.end(), begin->first, {}, &KeyedEvent::first);
    windows_of(std::span<const KeyedEvent>{begin, end}, tally);
    begin = end;
  }
  return tally;
}

// Every window [start, start + length) that has an event, where starts are the multiples of the slide.
auto windows_by_their_bounds(std::uint64_t length_ms, std::uint64_t slide_ms) {
  return [=](std::span<const KeyedEvent> events, Tally& tally) {
    const std::uint64_t first = events.front().second.time_ms / slide_ms * slide_ms;
    for (std::uint64_t start = first + slide_ms - length_ms; start <= events.back().second.time_ms; start += slide_ms) {
      WindowTotals totals;
      for (const auto& [key, event] : events) {
        if (event.time_ms >= start && event.time_ms < start + length_ms) {
          totals.add(event.value);
        }
      }
      if (totals.count > 0) {
        tally_window(tally, events.front().first, start, totals);
      }
    }
  };
}

void sessions_by_their_gaps(std::span<const KeyedEvent> events, Tally& tally) {
  for (std::size_t begin = 0; begin < events.size();) {
    WindowTotals totals;
    std::size_t end = begin;
    do {
      totals.add(events[end].second.value);
      ++end;
    } while (end < events.size() && events[end].second.time_ms - events[end - 1].second.time_ms < kSessionGapMs);
    tally_window(tally, events[begin].first, events[begin].second.time_ms, totals);
    begin = end;
  }
}

void expect_answer(const Outcome& found, std::uint64_t events, const Tally& due) {
  EXPECT_EQ(found.events, events);
  EXPECT_EQ(found.outputs, due.outputs) << events << " events";
  EXPECT_EQ(found.sum, due.sum) << events << " events";
}

TEST(TheEventsOfWindows, AreOutOfOrderOnceInAHundredAndNeverLateInAnySource) {
  constexpr std::uint64_t kEvents = 1'000'000;
  for (const std::uint64_t sources : {1U, 2U, 3U}) {
    std::uint64_t out_of_order = 0;
    std::uint64_t late = 0;
    for (std::uint64_t source = 0; source < sources; ++source) {
      std::uint64_t newest_ms = 0;
      for (std::uint64_t n = source; n < kEvents; n += sources) {
        const std::uint64_t time_ms = make_event(n).second.time_ms;
        out_of_order += time_ms < newest_ms ? 1 : 0;
        late += time_ms + kOutOfOrderMs <= newest_ms ? 1 : 0;
        newest_ms = std::max(newest_ms, time_ms);
      }
    }
    EXPECT_NEAR(static_cast<double>(out_of_order), kEvents / 100, kEvents / 1'000) << sources << " sources";
    EXPECT_EQ(late, 0U) << sources << " sources";
  }
}

TEST(TheHandWrittenTumblingWindows, AreThoseOfTheSortedEvents) {
  for (const std::uint64_t events : kSizes) {
    expect_answer(hand_written_tumbling_windows(events), events,
                  sorted_then_computed(events, windows_by_their_bounds(kTumblingMs, kTumblingMs)));
  }
}

TEST(TheHandWrittenSlidingWindows, AreThoseOfTheSortedEvents) {
  for (const std::uint64_t events : kSizes) {
    expect_answer(hand_written_sliding_windows(events), events,
                  sorted_then_computed(events, windows_by_their_bounds(kSlidingPanes * kSlideMs, kSlideMs)));
  }
}

TEST(TheHandWrittenSessionWindows, AreThoseOfTheSortedEvents) {
  for (const std::uint64_t events : kSizes) {
    expect_answer(hand_written_session_windows(events), events, sorted_then_computed(events, sessions_by_their_gaps));
  }
}

}  // namespace
}  // namespace weir::bench
