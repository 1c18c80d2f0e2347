#include "baseline_windows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "measured.hpp"
#include "windows.hpp"

namespace weir::bench {
namespace {

constexpr std::uint64_t kOldestMs = kFirstEventMs - kOutOfOrderMs;  // no event is older

// T, and SL, which has more panes. Each key has a slot, each pane a row of totals by slot. What the panes of a window
// come to is kept by adding the pane that ends and taking off the one that leaves. Rows are passed over from end to end
// when a pane ends; in between, only the two newest are touched, and no key is looked up twice for an event.
template <std::uint64_t kPaneMs, std::uint64_t kPanes>
class PanesLoop {
 public:
  Tally run(std::uint64_t events) {
    static_assert(kOutOfOrderMs < kPaneMs, "at most two panes are open");
    std::uint64_t newest_ms = kFirstEventMs;
    for (std::uint64_t n = 0; n < events; ++n) {
      const auto [key, event] = make_event(n);
      if (event.time_ms > newest_ms) {
        newest_ms = event.time_ms;
        while (newest_ms - kOutOfOrderMs >= (pane_ + 1) * kPaneMs) {
          end_pane();
        }
      }
      rows_[event.time_ms / kPaneMs % kRows][slot_of(key)].add(event.value);
    }
    while (!slots_.empty()) {
      end_pane();
    }
    return tally_;
  }

 private:
  using Slot = std::uint32_t;
  static constexpr std::size_t kRows = std::bit_ceil(kPanes + 1);  // a window's panes and one more that is open

  Slot slot_of(std::uint64_t key) {
    const auto [entry, is_new] = slots_.try_emplace(key, static_cast<Slot>(keys_.size()));
    if (is_new) {
      keys_.push_back(key);
      windows_.emplace_back();
      for (auto& row : rows_) {
        row.emplace_back();
      }
    }
    return entry->second;
  }

  // Puts out the window of each key that ends with this pane.
  void end_pane() {
    const std::uint64_t first = pane_ + 1 - kPanes;
    auto& ended = rows_[pane_ % kRows];
    auto& leaving = rows_[first % kRows];
    const auto& open = rows_[(pane_ + 1) % kRows];
    for (Slot slot = 0; slot < keys_.size();) {
      WindowTotals& window = windows_[slot];
      window.add(ended[slot]);
      if (window.count > 0) {
        tally_window(tally_, keys_[slot], first * kPaneMs, window);
        window.take_off(leaving[slot]);
        leaving[slot] = {};
        ++slot;
      } else if (open[slot].count > 0) {
        ++slot;
      } else {
        forget(slot);  // another key has it now
      }
    }
    ++pane_;
  }

  // Gives the slot to the key of the last one.
  void forget(Slot slot) {
    slots_.erase(keys_[slot]);
    if (slot + 1 < keys_.size()) {
      slots_.find(keys_.back())->second = slot;
    }
    const auto take_last = [slot](auto& by_slot) {
      by_slot[slot] = by_slot.back();
      by_slot.pop_back();
    };
    take_last(keys_);
    take_last(windows_);
    std::ranges::for_each(rows_, take_last);
  }

  Tally tally_;
  std::uint64_t pane_ = kOldestMs / kPaneMs;  // the oldest open one
  boost::unordered_flat_map<std::uint64_t, Slot> slots_;
  std::vector<std::uint64_t> keys_;                    // by slot
  std::vector<WindowTotals> windows_;                  // by slot: what the window's panes that have ended come to
  std::array<std::vector<WindowTotals>, kRows> rows_;  // pane by pane, by slot
};

// SE: each key has at most two sessions that are not over, since a third begins more than two gaps behind the first
// one's end. A key waits in one bucket of a wheel, a second wide, for the time when the older of them may be over; only
// when that comes it is found out whether more events have come meanwhile. So an event has no timer to move.
class SessionLoop {
 public:
  Tally run(std::uint64_t events) {
    static_assert(kOutOfOrderMs + kBucketMs <= kSessionGapMs, "a key has at most two sessions that are not out");
    buckets_.fill(kNone);
    std::uint64_t newest_ms = kFirstEventMs;
    for (std::uint64_t n = 0; n < events; ++n) {
      const auto [key, event] = make_event(n);
      if (event.time_ms > newest_ms) {
        newest_ms = event.time_ms;
        while (newest_ms - kOutOfOrderMs >= (bucket_ + 1) * kBucketMs) {
          end_bucket();
        }
      }
      add(key, event);
    }
    while (!slots_.empty()) {
      end_bucket();
    }
    return tally_;
  }

 private:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = ~Slot{0};
  static constexpr std::uint64_t kBucketMs = 1'000;
  static constexpr std::size_t kBuckets = 32;
  static_assert((kBuckets - 1) * kBucketMs > kSessionGapMs + kOutOfOrderMs);

  struct Session {
    std::uint64_t first_ms = 0;
    std::uint64_t last_ms = 0;
    WindowTotals totals{};  // nothing: there is no session

    [[nodiscard]] bool empty() const { return totals.count == 0; }
    [[nodiscard]] std::uint64_t over_ms() const { return last_ms + kSessionGapMs; }
  };

  struct Sessions {
    std::uint64_t key = 0;
    Session older;
    Session newer;
    Slot next = kNone;  // in its bucket, or of the free slots
  };

  static Session session_of(const TimedValue& event) { return {event.time_ms, event.time_ms, {1, event.value}}; }

  void add(std::uint64_t key, const TimedValue& event) {
    const auto [entry, is_new] = slots_.try_emplace(key);
    if (is_new) {
      entry->second = take_slot();
      Sessions& sessions = sessions_[entry->second];
      sessions.key = key;
      sessions.newer = session_of(event);
      wait(entry->second, sessions.newer.over_ms());
      return;
    }
    Sessions& sessions = sessions_[entry->second];
    Session& newer = sessions.newer;
    if (event.time_ms >= newer.over_ms()) {
      sessions.older = newer;  // the one that was older is out: this event has moved the watermark past its end
      newer = session_of(event);
    } else if (event.time_ms >= newer.first_ms) {
      newer.last_ms = std::max(newer.last_ms, event.time_ms);
      newer.totals.add(event.value);
    } else {
      add_out_of_order(sessions, event);
    }
  }

  // An event from before the newer session.
  static void add_out_of_order(Sessions& sessions, const TimedValue& event) {
    Session& older = sessions.older;
    Session& newer = sessions.newer;
    if (event.time_ms + kSessionGapMs <= newer.first_ms) {
      older.last_ms = std::max(older.last_ms, event.time_ms);
      older.totals.add(event.value);
      return;
    }
    newer.first_ms = event.time_ms;
    newer.totals.add(event.value);
    if (!older.empty() && older.over_ms() > newer.first_ms) {
      newer.first_ms = std::min(older.first_ms, newer.first_ms);
      newer.totals.add(older.totals);
      older = {};
    }
  }

  // The watermark is at the end of the bucket.
  void end_bucket() {
    Slot slot = std::exchange(buckets_[bucket_ % kBuckets], kNone);
    ++bucket_;
    const std::uint64_t watermark_ms = bucket_ * kBucketMs;
    while (slot != kNone) {
      Sessions& sessions = sessions_[slot];
      const Slot next = sessions.next;
      if (sessions.older.over_ms() <= watermark_ms) {
        put_out(sessions.key, sessions.older);
      }
      if (!sessions.older.empty()) {
        wait(slot, sessions.older.over_ms());
      } else if (sessions.newer.over_ms() > watermark_ms) {
        wait(slot, sessions.newer.over_ms());
      } else {
        put_out(sessions.key, sessions.newer);
        slots_.erase(sessions.key);
        sessions.next = std::exchange(free_, slot);
      }
      slot = next;
    }
  }

  void put_out(std::uint64_t key, Session& session) {
    if (!session.empty()) {
      tally_window(tally_, key, session.first_ms, session.totals);
      session = {};
    }
  }

  void wait(Slot slot, std::uint64_t until_ms) {
    sessions_[slot].next = std::exchange(buckets_[until_ms / kBucketMs % kBuckets], slot);
  }

  Slot take_slot() {
    if (free_ == kNone) {
      sessions_.emplace_back();
      return static_cast<Slot>(sessions_.size() - 1);
    }
    return std::exchange(free_, sessions_[free_].next);
  }

  Tally tally_;
  std::uint64_t bucket_ = kOldestMs / kBucketMs;  // the oldest that waits
  std::array<Slot, kBuckets> buckets_{};          // the first key of each
  boost::unordered_flat_map<std::uint64_t, Slot> slots_;
  std::vector<Sessions> sessions_;  // by slot
  Slot free_ = kNone;
};

template <typename Loop>
Outcome outcome_of(std::uint64_t events) {
  Tally tally;
  const double seconds = seconds_of([&] { tally = Loop{}.run(events); });
  return {.events = events, .outputs = tally.outputs, .sum = tally.sum, .seconds = seconds};
}

}  // namespace

Outcome hand_written_tumbling_windows(std::uint64_t events) { return outcome_of<PanesLoop<kTumblingMs, 1>>(events); }

Outcome hand_written_sliding_windows(std::uint64_t events) {
  return outcome_of<PanesLoop<kSlideMs, kSlidingPanes>>(events);
}

Outcome hand_written_session_windows(std::uint64_t events) { return outcome_of<SessionLoop>(events); }

}  // namespace weir::bench
