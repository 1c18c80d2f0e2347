#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/resource.hpp"
#include "weir/source.hpp"

namespace weir {

/// One part of a sink, on the worker that owns it. One thread uses it at a time.
///
/// An exception from any of its functions stops the run and names the step. A write that fails later, on the I/O
/// thread, is kept by the partition and thrown from `ready`: weir asks `ready` after every write, whenever the worker
/// is idle, and a last time after `drained` said that all is out. A failure that `ready` throws is therefore never
/// lost, also when nothing more is written. The job that fails calls the waker, so that the worker asks at once.
template <typename T>
class SinkPartition {
 public:
  SinkPartition() = default;
  SinkPartition(const SinkPartition&) = delete;
  SinkPartition& operator=(const SinkPartition&) = delete;
  virtual ~SinkPartition() = default;

  /// Takes an item, also when it is not ready. Never blocks: what can block goes to the I/O thread. It may throw what
  /// is wrong with this item.
  virtual void write(T&& item) = 0;

  /// Takes several items in their order, as `write` would one by one; to be overridden where that is faster.
  virtual void write_all(std::span<T> items) {
    for (T& item : items) {
      write(std::move(item));
    }
  }

  /// Whether it wants more now. After `false` it calls its waker when it does again; until then what feeds it waits.
  /// Throws when an earlier write, epoch or commit failed.
  [[nodiscard]] virtual bool ready() { return true; }

  /// Puts out what it holds back, at the end of an epoch and when the worker has nothing else to do. Never blocks.
  virtual void flush() {}

  /// Whether all that it took is out; when not, it calls its waker once it is. Asked at the end of the input and before
  /// a stop, after `flush`. It may throw what `ready` throws.
  [[nodiscard]] virtual bool drained() { return true; }
};

/// A partition whose output is exactly-once: what it takes in an epoch shows when that epoch is decided, or never.
///
/// Items of the next epoch may follow `prepare` at once, before `prepared` and `commit` have spoken of the last.
///
/// An epoch that could not be made durable has no token: `prepared` answers with none for it, and `ready` throws. weir
/// asks `ready` after every token before it decides the epoch, and a last time after `committed` said that all is
/// visible; so a failure that `ready` throws in time keeps the epoch undecided, and a resume makes it again.
template <typename T>
class TransactionalPartition : public SinkPartition<T> {
 public:
  /// All that was written since the last call belongs to this epoch. Begins to make it durable, unseen by readers.
  /// Never blocks. Epochs come in rising order.
  virtual void prepare(Epoch epoch) = 0;

  /// A token for the oldest prepared epoch that has had none, once that epoch is durable: bytes by which the sink finds
  /// it, in this run and in a later one. While there is none yet it calls its waker when there is. It may throw what
  /// `ready` throws.
  [[nodiscard]] virtual std::optional<std::string> prepared() = 0;

  /// The oldest epoch that had a token is decided: begins to make it visible. Never blocks.
  virtual void commit() = 0;

  /// Whether all that was decided is visible, durably; while it is not it calls its waker when it is. No epoch has its
  /// token taken before that, so that the newest token says all about what a crash can have left undone. It may throw
  /// what `ready` throws: that a decided epoch cannot be made visible. A resume then tries again.
  [[nodiscard]] virtual bool committed() = 0;
};

/// What a transactional sink goes on from.
struct SinkResume {
  std::uint64_t execution = 1;       ///< how often a run has begun; with the epoch it names what leaves the process
  std::optional<std::string> token;  ///< of the newest decided epoch; none: nothing was decided yet
};

/// A sink with one partition on every worker, which takes the items of that worker. Any kind of sink that writes files
/// or tables says which by `resources()`; see `weir::Resource`.
template <typename S, typename T>
concept PerWorkerSink = requires(const S& sink, const OpenContext& context) {
  { sink.template open<T>(context) } -> std::same_as<std::unique_ptr<SinkPartition<T>>>;
};

/// A `PerWorkerSink` that says `kOnePartition`: it has one partition in all, on one worker, which the items of the
/// others reach by an exchange.
template <typename S>
concept OnePartitionSink = S::kOnePartition;

/// A sink with one partition in all, for a stream of text that only one worker may write: standard output, one file.
/// Items are formatted on the worker that made them, a whole line at a time; the lines reach the owner by an exchange.
/// `format` takes the line by reference: what it does to a copy would be lost.
template <typename S, typename T>
concept SingleStreamSink = requires(const S& sink, const T& item, std::string& line, const OpenContext& context) {
  { sink.format(item, line) } -> std::same_as<void>;
  { sink.open(context) } -> std::same_as<std::unique_ptr<SinkPartition<std::string>>>;
} && !requires(const S& sink, const T& item, std::string&& line) { sink.format(item, std::move(line)); };

/// A `SingleStreamSink` or `OnePartitionSink` that can take part in epochs. Opening it commits the token's epoch once
/// more, which does nothing if that was done, and removes whatever no decided epoch is made of.
template <typename S, typename T>
concept TransactionalSink = requires(const S& sink) {
  { sink.transactional() } -> std::same_as<bool>;  // whether this one can: standard output cannot
} && (requires(const S& sink, const OpenContext& context, const SinkResume& resume) {
  { sink.resume(context, resume) } -> std::same_as<std::unique_ptr<TransactionalPartition<std::string>>>;
} || requires(const S& sink, const OpenContext& context, const SinkResume& resume) {
  { sink.template resume<T>(context, resume) } -> std::same_as<std::unique_ptr<TransactionalPartition<T>>>;
});

template <typename S, typename T>
concept SinkOf = PerWorkerSink<S, T> || SingleStreamSink<S, T>;

}  // namespace weir
