#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

#include "weir/emit.hpp"
#include "weir/io.hpp"
#include "weir/log.hpp"
#include "weir/planned_restart.hpp"
#include "weir/resource.hpp"
#include "weir/source_progress.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir {

/// A source partition's answer to a poll.
class Poll {
 public:
  /// The three answers: it has more, nothing now, nothing any more.
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
  /// Nothing now, though there may be more: the partition cannot be reached. Ask again after `pause`, or when its waker
  /// is called. Such a partition is not idle for `EventClock::idle_after`: what comes later would be late.
  template <typename Rep = std::int64_t, typename Period = std::nano>
  static constexpr Poll blocked(std::chrono::duration<Rep, Period> pause = std::chrono::nanoseconds::max()) {
    Poll poll{Kind::kIdle, detail::saturated(pause)};
    poll.blocked_ = true;
    return poll;
  }
  /// Nothing will follow; weir does not poll it again.
  static constexpr Poll end() { return Poll{Kind::kEnd, std::chrono::nanoseconds::max()}; }

  /// The same answer of a partition that advanced without emitting an item: weir stores its position too.
  [[nodiscard]] constexpr Poll moved() const {
    Poll poll = *this;
    poll.moved_ = true;
    return poll;
  }

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }  ///< what weir does next
  /// Only of `kIdle`: whether event time waits for the partition.
  [[nodiscard]] constexpr bool is_blocked() const noexcept { return blocked_; }
  /// Whether weir stores the position although no item came.
  [[nodiscard]] constexpr bool has_moved() const noexcept { return moved_; }
  /// Only of `kIdle`: the longest is until the waker is called.
  [[nodiscard]] constexpr std::chrono::nanoseconds pause() const noexcept { return pause_; }

 private:
  constexpr Poll(Kind kind, std::chrono::nanoseconds pause) : kind_{kind}, pause_{pause} {}

  Kind kind_;
  bool blocked_ = false;
  bool moved_ = false;
  std::chrono::nanoseconds pause_;
};

/// The functions of every partition of a source, for any type of item. A partition derives from `SourcePartition`.
class SourcePartitionBase {
 public:
  SourcePartitionBase() = default;
  SourcePartitionBase(const SourcePartitionBase&) = delete;
  SourcePartitionBase& operator=(const SourcePartitionBase&) = delete;
  virtual ~SourcePartitionBase() = default;

  /// The position after the last emitted item, as bytes that `open` understands. Called between polls. weir stores it
  /// for an epoch in which the partition emitted an item or ended, or a poll's answer was `moved()`. A partition that
  /// advances without any of these keeps its old position.
  [[nodiscard]] virtual std::string position() const = 0;

  /// Whether it wants to hear of its positions that are decided, as to tell another system how far it has been read.
  /// Such a partition stays open after its end, until its last position is decided.
  [[nodiscard]] virtual bool hears_decisions() const { return false; }

  /// A position of this partition is decided: no later run reads what lies before it. Called between polls, with rising
  /// positions; weir may leave some out. Only in a run with recovery, and if `hears_decisions()`.
  virtual void decided(const std::string& /*position*/) {}

  /// Whether it has a position before it emits an item, for example which file it reads, since the file may have
  /// another name when the next run begins. If false, and the partition emitted nothing, the next run opens it without
  /// a position.
  [[nodiscard]] virtual bool begins_with_position() const { return false; }

  /// At its end, or after a stop: a sentence about data that it read and did not emit because it is incomplete; empty
  /// if there is none.
  [[nodiscard]] virtual std::string left_over() const { return {}; }

  /// Whether it ends by itself, as a file does. A worker reads eight such partitions at a time, so that a thousand
  /// files do not need a thousand buffers.
  [[nodiscard]] virtual bool ends() const { return false; }

  /// How much of its input it has read, for whoever watches the run; nothing if it does not know. Called between polls,
  /// about once a second.
  [[nodiscard]] virtual std::optional<SourceProgress> progress() const { return std::nullopt; }

  /// Whether it is certain to end. If so, others may wait for its end: the stream of a lookup that has it as its table,
  /// and event time in a run with recovery.
  [[nodiscard]] virtual bool bounded() const { return ends(); }

  /// Whether a run can read its items again from a position. A pipe or a queue cannot do that: a resumed run reads the
  /// next items, and a crash loses the items read since the newest snapshot. A run with recovery reports that.
  [[nodiscard]] virtual bool replayable() const { return true; }

  /// Whether it takes items before it is polled, as a queue does that others push to. If such a partition waits for the
  /// table of a lookup, a stop waits for the table too, since the partition cannot give its items back.
  [[nodiscard]] virtual bool takes_by_itself() const { return false; }

  /// The run is about to stop: takes nothing more from outside. Returns whether it holds items that no run could read
  /// again, as from a pipe or a queue. If so, weir polls it until all of them are emitted and it returns `Poll::end()`.
  [[nodiscard]] virtual bool stop() { return false; }
};

/// One independent, resumable part of a source, on the worker that owns it. One thread uses it at a time.
template <typename T>
class SourcePartition : public SourcePartitionBase {
 public:
  /// Emits its items while `emit.open()`. Never blocks: blocking calls go to the I/O thread, and until one calls the
  /// waker, `poll` returns `Poll::idle()`. For computed items `emit.generate_n` is cheapest. An exception stops the run
  /// and names this step.
  virtual Poll poll(Emit<T>& emit) = 0;
};

/// The arguments for opening a partition. The references stay valid until the partition is destroyed.
struct OpenContext {
  WorkerContext worker;          ///< the worker that owns the partition
  Waker waker;                   ///< to be called from other threads when the partition has something to do
  IoThread& io;                  ///< one for the run: for calls that block
  bool keeps_positions = false;  ///< for a source: the run has recovery, so a later one may resume from its position
  bool ends_for_good = false;    ///< for a source: no later run reads past the partition's end
  std::string_view flow{};       ///< the dataflow's name
  std::string_view step{};       ///< the step's id
  Log log{};                     ///< of the step
  PlannedRestart restart{};      ///< for a source whose partitions may change
};

/// A source of named partitions, which the run assigns to its workers; any worker count can resume it.
///
/// `partitions()` and `open()` run on the thread that starts the run, before any worker does. A run asks for the
/// partitions once, and weir refuses it if two have the same name. The source object is copied into the dataflow.
/// Workers open disjoint sets of the partitions. A source that reads files or tables names them in `resources()`; see
/// `weir::Resource`.
///
/// weir keeps positions by partition name. Where names may change, a source may have a member
/// `rename_positions(partitions, positions)`. It gets the names of all partitions, and changes the names in
/// `positions`, a `std::map<std::string, std::string>&` of kept positions by name, to the current names.
///
/// A source whose positions another source, or another version of it, could misread has a member
/// `std::string position_shape() const`, which describes the content of a position. weir refuses a run that resumes
/// with another shape. A `PerWorkerSource` may have the member too.
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

/// What `Dataflow::input` takes: a source with named partitions, or with one on every worker.
template <typename S>
concept Source = PartitionedSource<S> || PerWorkerSource<S>;

}  // namespace weir
