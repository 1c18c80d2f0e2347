#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/emit.hpp"
#include "weir/io.hpp"
#include "weir/resource.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir {

/// What a source partition answers when it is asked for items.
class Poll {
 public:
  enum class Kind { kMore, kIdle, kEnd };

  /// It has more: ask again at once.
  static constexpr Poll more() { return Poll{Kind::kMore, std::chrono::nanoseconds::max()}; }
  /// Nothing now: ask again when its waker is called.
  static constexpr Poll idle() { return Poll{Kind::kIdle, std::chrono::nanoseconds::max()}; }
  /// Nothing now: ask again after `pause`, or when its waker is called. A pause of any length; a negative one is none.
  template <typename Rep, typename Period>
  static constexpr Poll idle(std::chrono::duration<Rep, Period> pause) {
    return Poll{Kind::kIdle, detail::saturated(pause)};
  }
  /// Nothing will follow; it is not asked again.
  static constexpr Poll end() { return Poll{Kind::kEnd, std::chrono::nanoseconds::max()}; }

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr std::chrono::nanoseconds pause() const noexcept { return pause_; }

 private:
  constexpr Poll(Kind kind, std::chrono::nanoseconds pause) : kind_{kind}, pause_{pause} {}

  Kind kind_;
  std::chrono::nanoseconds pause_;
};

/// What every partition of a source has, whatever its items are. A partition derives from `SourcePartition`.
class SourcePartitionBase {
 public:
  SourcePartitionBase() = default;
  SourcePartitionBase(const SourcePartitionBase&) = delete;
  SourcePartitionBase& operator=(const SourcePartitionBase&) = delete;
  virtual ~SourcePartitionBase() = default;

  /// The position after the last emitted item, as bytes that `open` understands. Called between polls. It is kept for
  /// an epoch in which the partition emitted something or came to its end; one that moves on without emitting keeps its
  /// old position.
  [[nodiscard]] virtual std::string position() const = 0;

  /// Whether it has a position before it has given an item: which file it was, say, which may have another name when
  /// the next run begins. Otherwise that one begins at the beginning if nothing was emitted.
  [[nodiscard]] virtual bool begins_with_position() const { return false; }

  /// At its end, or when it has been stopped: a sentence about what it has read and not given, since it is not
  /// complete; empty if nothing.
  [[nodiscard]] virtual std::string left_over() const { return {}; }

  /// Whether it comes to its end by itself, as a file does. A worker reads eight of such partitions at a time, so that
  /// a thousand files do not need a thousand buffers.
  [[nodiscard]] virtual bool ends() const { return false; }

  /// Whether it is known to end. Then others may wait for that: the stream of a lookup whose table it is, and event
  /// time in a run with recovery.
  [[nodiscard]] virtual bool bounded() const { return ends(); }

  /// Whether what it gave can be read again from a position. Where it cannot, as of a pipe or a queue, a run that goes
  /// on reads what comes next, and what was read since the newest snapshot is lost in a crash; a run with recovery says
  /// so.
  [[nodiscard]] virtual bool replayable() const { return true; }

  /// Whether it takes items before it is polled, as a queue does to which others push. Where it has to wait for the
  /// table of a lookup, a stop then waits for that too, since what it took cannot be given back.
  [[nodiscard]] virtual bool takes_by_itself() const { return false; }

  /// The run is about to stop: takes nothing more from outside. Says whether it holds what could not be read again, as
  /// of a pipe or a queue; then `poll` goes on until all of that is emitted, and answers `Poll::end()`.
  [[nodiscard]] virtual bool stop() { return false; }
};

/// One independent, resumable part of a source, on the worker that it was dealt to. One thread uses it at a time.
template <typename T>
class SourcePartition : public SourcePartitionBase {
 public:
  /// Emits what it has while `emit.open()`. Never blocks: what can block goes to the I/O thread, and the answer is
  /// `Poll::idle()` until the waker was called. Where items are computed, `emit.generate_n` costs least. An exception
  /// stops the run and names this step.
  virtual Poll poll(Emit<T>& emit) = 0;
};

/// What a partition is opened with. The references hold until the partition is destroyed.
struct OpenContext {
  WorkerContext worker;
  Waker waker;
  IoThread& io;
  bool keeps_positions = false;  ///< a source's: the run has recovery, so that a later one may resume from its position
  bool ends_for_good = false;    ///< a source's: no later run reads on after the partition's end
};

/// A source of named partitions, which the run deals to its workers; any worker count can resume it.
///
/// `partitions()` and `open()` run on the thread that starts the run, before any worker does. A run asks for the
/// partitions once. Their names differ, or the run is refused. The source object is copied into the dataflow. Workers
/// open disjoint sets of the partitions. A source that reads files or tables says which by `resources()`; see
/// `weir::Resource`.
///
/// A partition keeps its position by its name. Where names may change, a source may have a member
/// `rename_positions(partitions, positions)`: given the names of all partitions, it changes the names in `positions`, a
/// `std::map<std::string, std::string>&` of what is kept by name, to those that the partitions have now.
///
/// A source whose positions could be taken for those of another source, or of another version of it, has a member
/// `std::string position_shape() const`, which says what a position holds. A run that resumes is refused where that has
/// changed. A `PerWorkerSource` may have the member too.
template <typename S>
concept PartitionedSource = requires(const S& source, const std::string& name,
                                     const std::optional<std::string>& position, const OpenContext& context) {
  typename S::Item;
  { source.partitions() } -> std::same_as<std::vector<std::string>>;
  { source.open(name, position, context) } -> std::same_as<std::unique_ptr<SourcePartition<typename S::Item>>>;
};

/// A source with one partition on every worker; only the same worker count can resume it.
template <typename S>
concept PerWorkerSource =
    requires(const S& source, const std::optional<std::string>& position, const OpenContext& context) {
      typename S::Item;
      { source.open(position, context) } -> std::same_as<std::unique_ptr<SourcePartition<typename S::Item>>>;
    };

template <typename S>
concept Source = PartitionedSource<S> || PerWorkerSource<S>;

}  // namespace weir
