#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/stream.hpp"
#include "weir/time.hpp"

namespace weir {

/// A part of a key's stream: the items whose times lie from `start` on and before `end`.
struct Window {
  /// Tells it from the other windows of its key. Of tumbling and sliding windows the number of the window, counted from
  /// the one that starts where they are aligned; of sessions the time in nanoseconds at which the item that opened it
  /// lies; of windows by count and of global ones how many came before, since the key was last unknown.
  std::int64_t id = 0;
  Time start{};
  Time end{};

  friend auto operator<=>(const Window&, const Window&) = default;
};

/// What a step over windows made of the values in one of them.
template <typename R>
struct InWindow {
  Window window;
  R value;

  friend auto operator<=>(const InWindow&, const InWindow&) = default;
};

/// Something that happened to a window.
struct WindowEvent {
  enum class Kind : std::uint8_t {
    kOpened,  ///< its first item came; the bounds of a session are those that this item gives it
    kMerged,  ///< it goes on in the session `into`, since an item came that joins them
    kClosed,  ///< its last result was emitted, and nothing is kept for it
  };

  Kind kind = Kind::kOpened;
  Window window;
  std::int64_t into = 0;  ///< kMerged: id of the other session

  friend auto operator<=>(const WindowEvent&, const WindowEvent&) = default;
};

/// Windows that are not kept when they have closed: what there is in place of an `allowed_lateness` that was left out.
struct NoLateness {
  template <typename Duration>
  NoLateness& operator=(const Duration& /*lateness*/)
    requires(!std::same_as<Duration, NoLateness>)
  {
    static_assert(std::same_as<Duration, NoLateness>,
                  "allowed_lateness: give it where the windows are made, as in "
                  "TumblingWindows{.clock = clock, .length = 1min, .allowed_lateness = 5s}, and not later");
    return *this;
  }
};

/// Windows of equal length, one behind the other: each item is in one.
///
///     weir::TumblingWindows{weir::EventClock{&Click::time, 5s}, 1min}
///
/// A window closes when event time comes to its end, or at the end of the input. An item of a window that was closed is
/// late: it goes to the stream `late`, unless `allowed_lateness` keeps the window for it. Whether it was is decided
/// with an `EventClock` by the watermark of the partition that the item comes from, so it is the same in every run;
/// with an `EventTime`, behind an exchange, by the watermark of the step, which differs from run to run. Flink always
/// asks that of the step, and Bytewax calls late whatever is behind the watermark, also where its window is open.
/// @see Flink 1.20, TumblingEventTimeWindows; Bytewax 0.21, `TumblingWindower`.
/// @tparam Lateness  a duration, or `NoLateness`; found out from what is given
template <typename Clock, typename Lateness = NoLateness>
struct TumblingWindows {
  Clock clock;  ///< an `EventClock`, an `EventTime` or a `SystemClock`
  std::chrono::nanoseconds length;
  /// Where a window starts: the windows of a day in another time zone start at its midnight.
  Time aligned_to{};
  /// For so long a window is kept when it was closed; each late item then emits its result again. Left out, no window
  /// is kept, and windows close for all keys at once, which takes less time and memory.
  [[no_unique_address]] Lateness allowed_lateness{};
};

/// Windows of equal length that start at equal distances: with a shorter distance than their length they overlap, and
/// an item is in several; with a longer one there are gaps, and items in these are in none.
///
///     weir::SlidingWindows{clock, 1h, 1min}
///
/// Where states can be merged, items are folded into panes that windows share, and not into each window: see
/// `MergeableAggregatorOf`. An item is late if all its windows were closed. Otherwise as `TumblingWindows`.
/// @see Jin Li et al., No pane, no gain, 2005; Flink 1.20, SlidingEventTimeWindows; Bytewax 0.21, `SlidingWindower`.
template <typename Clock, typename Lateness = NoLateness>
struct SlidingWindows {
  Clock clock;
  std::chrono::nanoseconds length;
  std::chrono::nanoseconds every;
  Time aligned_to{};
  [[no_unique_address]] Lateness allowed_lateness{};  ///< as for `TumblingWindows`
};

/// Windows that an inactivity ends: an item belongs to a session if it lies less than `gap` from another item of it, in
/// any order of arrival. A session starts at its first item and ends `gap` behind its last.
///
///     weir::SessionWindows{clock, 30min}
///
/// It closes when event time comes to its end. An item that joins two sessions merges them, so the aggregator must be
/// able to. Late is an item whose session would have been closed. `allowed_lateness` is as for `TumblingWindows`.
/// @see Flink 1.20, EventTimeSessionWindows; Bytewax 0.21, `SessionWindower`.
template <typename Clock>
struct SessionWindows {
  Clock clock;
  std::chrono::nanoseconds gap;
  std::chrono::nanoseconds allowed_lateness{};
};

/// Windows of a number of items each, in their order of arrival: the last `length` items of a key, each time `every`
/// items have come. The first windows of a key are full too: nothing is emitted before `length` items have come. With
/// an `every` greater than `length`, the first items of each `every` are in no window. At the end of the input the
/// windows that are not full yet are emitted.
///
/// How many items a key had is kept as long as the run, since it numbers the key's windows; `op::time_to_live` bounds
/// that.
///
///     weir::CountWindows{100}       // each hundred
///     weir::CountWindows{100, 10}   // the last hundred, every ten
///     weir::CountWindows{2, 10}     // the last two of each ten
///
/// @see Flink 1.20, `countWindow`.
struct CountWindows {
  std::uint64_t length;
  std::uint64_t every = 0;  ///< 0: as `length`
};

/// What a trigger wants done.
enum class Trigger : std::uint8_t {
  kWait,
  kEmit,          ///< emit the result so far, and go on with it
  kEmitAndClear,  ///< emit the result, and begin anew
};

/// One window without end, whose results a function asks for. At the end of the input the last result is emitted, if
/// items came since the one before.
///
///     weir::GlobalWindows{[](const Order& order, std::uint64_t count) {
///       return order.last ? weir::Trigger::kEmitAndClear : weir::Trigger::kWait;
///     }}
///
/// @see Flink 1.20, GlobalWindows and Trigger.
template <typename F>
struct GlobalWindows {
  /// `Trigger(const V& value, std::uint64_t count)`: the value that has just been folded, and how many there are in the
  /// window.
  F trigger;
};

/// What a step over windows gives. A pipe behind it takes `down`.
template <typename K, typename R, typename V>
struct WindowStreams {
  KeyedStream<K, InWindow<R>> down;  ///< the results
  KeyedStream<K, V> late;            ///< the values that were too late for their windows
  KeyedStream<K, WindowEvent> meta;  ///< when windows open, merge and close

  template <typename Step>
  friend auto operator|(const WindowStreams& streams, Step&& step) {
    return streams.down | std::forward<Step>(step);
  }
};

}  // namespace weir
