#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "mix.hpp"
#include "workloads.hpp"

// T, SL and SE: windows of event time
//
// Event n of N: `r = mix(n)`. Its key is mix(r % 10000): 10,000 keys, numbers as ids are, so that nobody may index by
// them. Its value is r >> 54. Its time is n ms after the start of 2024 (UTC); one event in a hundred, where
// (r >> 32) % 100 is 0, lies 1 + (r >> 40) % 5000 ms before that. So a key has an event every 10 s on average, and
// behind a watermark 5 s below the newest time of its source no event is late. Source worker w of W yields the events
// with n % W == w, ascending. They are made on the fly; that cost belongs to the run.
//
// The job: count and sum the values of each window of each key. What a window came to is put out as the watermark
// passes its end, or at the end of the input, and is then forgotten; a key without windows is forgotten too.
// - T: tumbling windows of a minute, at full minutes. About 6 events each.
// - SL: sliding windows of an hour, one for every full minute: 60 panes. Those that begin before the first event
//   count, and those that have no event do not.
// - SE: sessions. Events of a key less than 20 s apart are of one session, which starts at its first one. About 7
//   events each. Four in ten begin before the watermark has passed the end of the session before them, and some of
//   these are joined to it by an event that comes out of order.
//
// Answer: how many windows were put out, and the sum of their `window_figure`s, which depend on all fields.

namespace weir::bench {

inline constexpr std::uint64_t kEventKeys = 10'000;
inline constexpr std::uint64_t kFirstEventMs = 1'704'067'200'000;  ///< 2024-01-01 00:00 UTC, since 1970
inline constexpr std::uint64_t kOutOfOrderMs = 5'000;              ///< at most so far behind the newest time
inline constexpr std::uint64_t kTumblingMs = 60'000;
inline constexpr std::uint64_t kSlideMs = 60'000;
inline constexpr std::uint64_t kSlidingPanes = 60;
inline constexpr std::uint64_t kSessionGapMs = 20'000;

/// What an event says about its key.
struct TimedValue {
  std::uint64_t time_ms = 0;  ///< since 1970
  std::uint32_t value = 0;
};

using KeyedEvent = std::pair<std::uint64_t, TimedValue>;

/// Event number n. Inline in all that makes events, as it is in the loops: else its call would be measured too.
[[gnu::always_inline]] inline KeyedEvent make_event(std::uint64_t n) {
  const std::uint64_t r = mix(n);
  const std::uint64_t behind = (r >> 32) % 100 == 0 ? 1 + (r >> 40) % kOutOfOrderMs : 0;
  return {mix(r % kEventKeys), {kFirstEventMs + n - behind, static_cast<std::uint32_t>(r >> 54)}};
}

/// What a window comes to.
struct WindowTotals {
  std::uint32_t count = 0;
  std::uint32_t sum = 0;

  void add(std::uint32_t value) {
    ++count;
    sum += value;
  }
  void add(const WindowTotals& other) {
    count += other.count;
    sum += other.sum;
  }
  void take_off(const WindowTotals& other) {
    count -= other.count;
    sum -= other.sum;
  }
};

/// A number that depends on all that is known of a window.
inline std::uint64_t window_figure(std::uint64_t key, std::uint64_t start_ms, const WindowTotals& totals) {
  return mix(mix(key ^ start_ms) ^ (std::uint64_t{totals.count} << 32 | totals.sum));
}

/// Counts a window that is put out.
inline void tally_window(Tally& tally, std::uint64_t key, std::uint64_t start_ms, const WindowTotals& totals) {
  ++tally.outputs;
  tally.sum += window_figure(key, start_ms, totals);
}

inline std::optional<Outcome> known_tumbling_windows(std::uint64_t events) {
  switch (events) {
    case 1'000'000:
      return Outcome{.events = 1'000'000, .outputs = 169'449, .sum = 6'361'659'747'152'837'750U};
    case 10'000'000:
      return Outcome{.events = 10'000'000, .outputs = 1'665'752, .sum = 15'500'534'004'246'880'229U};
    default:
      return std::nullopt;
  }
}

inline std::optional<Outcome> known_sliding_windows(std::uint64_t events) {
  switch (events) {
    case 1'000'000:
      return Outcome{.events = 1'000'000, .outputs = 759'825, .sum = 5'889'059'525'697'898'109U};
    case 10'000'000:
      return Outcome{.events = 10'000'000, .outputs = 2'259'815, .sum = 7'992'103'905'595'606'970U};
    default:
      return std::nullopt;
  }
}

inline std::optional<Outcome> known_session_windows(std::uint64_t events) {
  switch (events) {
    case 1'000'000:
      return Outcome{.events = 1'000'000, .outputs = 141'220, .sum = 10'259'922'109'326'663'912U};
    case 10'000'000:
      return Outcome{.events = 10'000'000, .outputs = 1'360'802, .sum = 5'393'217'908'242'564'437U};
    default:
      return std::nullopt;
  }
}

}  // namespace weir::bench
