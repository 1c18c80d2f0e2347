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
  /// Distinguishes it from the other windows of its key. Tumbling and sliding windows: the number of the window,
  /// counted from the one that starts at the alignment. Sessions: the time, in nanoseconds, of the item that opened it.
  /// Windows by count and global windows: how many came before, since the key was last unknown.
  std::int64_t id = 0;
  Time start{};  ///< the first time that is in it
  Time end{};    ///< the first time after it

  friend auto operator<=>(const Window&, const Window&) = default;  ///< by number, then by its bounds
};

/// The result of a step over windows for one window.
template <typename R>
struct InWindow {
  Window window;  ///< its number and bounds
  R value;        ///< what the step made of its values

  friend auto operator<=>(const InWindow&, const InWindow&) = default;  ///< by window, then by value
};

/// An event of a window.
struct WindowEvent {
  /// What happened to it.
  enum class Kind : std::uint8_t {
    kOpened,  ///< its first item came; a session has the bounds of this item
    kMerged,  ///< it became part of the session `into`, since an item joined them
    kClosed,  ///< its last result was emitted, and its state is gone
  };

  Kind kind = Kind::kOpened;  ///< what happened to `window`
  Window window;              ///< its number, and its bounds at that time
  std::int64_t into = 0;      ///< kMerged: id of the other session

  friend auto operator<=>(const WindowEvent&, const WindowEvent&) = default;  ///< in the order of the fields
};

/// Stands for an omitted `allowed_lateness`: windows are not kept after they close.
struct NoLateness {
  /// Refuses a lateness that is assigned later, in a sentence: it has a type of its own, so it is given at once.
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

/// Windows of equal length, one after another: each item is in one.
///
///     weir::TumblingWindows{weir::EventClock{&Click::time, 5s}, 1min}
///
/// A window closes when event time reaches its end, or at the end of the input. An item whose window has closed is
/// late: it goes to the stream `late`, unless `allowed_lateness` keeps the window for it. With an `EventClock` the
/// watermark of the item's partition decides that, so it is the same in every run. With an `EventTime` after an
/// exchange the watermark of the step decides, which differs from run to run. Flink always uses the watermark of the
/// step. Bytewax calls every item before the watermark late, even if its window is open.
/// @see Flink 1.20, TumblingEventTimeWindows; Bytewax 0.21, `TumblingWindower`.
/// @tparam Lateness  a duration, or `NoLateness`; deduced
template <typename Clock, typename Lateness = NoLateness>
struct TumblingWindows {
  Clock clock;                      ///< an `EventClock`, an `EventTime` or a `SystemClock`
  std::chrono::nanoseconds length;  ///< positive
  /// Where a window starts: the windows of a day in another time zone start at its midnight.
  Time aligned_to{};
  /// How long a window is kept after it closes; each late item then emits its result again. If omitted, no window is
  /// kept, and windows close for all keys at once, which takes less time and memory.
  [[no_unique_address]] Lateness allowed_lateness{};
};

/// Windows of equal length that start at equal distances. With a shorter distance than their length they overlap, and
/// an item is in several. With a longer one there are gaps, and items in the gaps are in no window.
///
///     weir::SlidingWindows{clock, 1h, 1min}
///
/// Where states can be merged, items are folded into panes that windows share, not into each window: see
/// `MergeableAggregatorOf`. An item is late if all its windows were closed. Otherwise as `TumblingWindows`.
/// @see Jin Li et al., No pane, no gain, 2005; Flink 1.20, SlidingEventTimeWindows; Bytewax 0.21, `SlidingWindower`.
template <typename Clock, typename Lateness = NoLateness>
struct SlidingWindows {
  Clock clock;                                        ///< an `EventClock`, an `EventTime` or a `SystemClock`
  std::chrono::nanoseconds length;                    ///< positive
  std::chrono::nanoseconds every;                     ///< positive: from the start of a window to that of the next
  Time aligned_to{};                                  ///< where a window starts
  [[no_unique_address]] Lateness allowed_lateness{};  ///< as for `TumblingWindows`
};

/// Windows that end with inactivity: an item belongs to a session if it lies less than `gap` from another item of it,
/// in any order of arrival. A session starts at its first item and ends `gap` after its last.
///
///     weir::SessionWindows{clock, 30min}
///
/// It closes when event time reaches its end. An item that joins two sessions merges them, so the aggregator must be
/// able to merge. An item is late if its session would have been closed. `allowed_lateness` is as for
/// `TumblingWindows`.
/// @see Flink 1.20, EventTimeSessionWindows; Bytewax 0.21, `SessionWindower`.
template <typename Clock>
struct SessionWindows {
  Clock clock;                                  ///< an `EventClock`, an `EventTime` or a `SystemClock`
  std::chrono::nanoseconds gap;                 ///< positive
  std::chrono::nanoseconds allowed_lateness{};  ///< as for `TumblingWindows`; 0 by default
};

/// Windows of a number of items each, in their order of arrival: the last `length` items of a key, each time `every`
/// items have come. The first windows of a key are full too: nothing is emitted before `length` items have come. With
/// an `every` greater than `length`, the first items of each `every` are in no window. At the end of the input the
/// windows that are not full yet are emitted.
///
/// The number of a key's items is kept as long as the run, since it numbers the key's windows; `op::time_to_live`
/// bounds that state.
///
///     weir::CountWindows{100}       // each hundred
///     weir::CountWindows{100, 10}   // the last hundred, every ten
///     weir::CountWindows{2, 10}     // the last two of each ten
///
/// @see Flink 1.20, `countWindow`.
struct CountWindows {
  std::uint64_t length;     ///< how many items are in a window, at least 1
  std::uint64_t every = 0;  ///< 0: as `length`
};

/// The action that a trigger requests.
enum class Trigger : std::uint8_t {
  kWait,
  kEmit,          ///< emit the result so far, and keep it
  kEmitAndClear,  ///< emit the result, and clear it
};

/// One window without end, whose results a function requests. At the end of the input the last result is emitted, if
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

/// The streams of a step over windows. A pipe continues with `down`.
template <typename K, typename R, typename V>
struct WindowStreams {
  KeyedStream<K, InWindow<R>> down;  ///< the results
  KeyedStream<K, V> late;            ///< the values that were too late for their windows
  KeyedStream<K, WindowEvent> meta;  ///< when windows open, merge and close

  /// Continues with the results.
  template <typename Step>
  friend auto operator|(const WindowStreams& streams, Step&& step) {
    return streams.down | std::forward<Step>(step);
  }
};

}  // namespace weir
