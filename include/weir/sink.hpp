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
/// An exception from any of its functions stops the run and names the step. If a write fails later, on the I/O thread,
/// the partition stores the failure and throws it from `ready`. weir calls `ready` after every write, whenever the
/// worker is idle, and a last time after `drained` returned true, so it never loses a failure that `ready` throws. The
/// job that fails calls the waker, so that the worker calls `ready` at once. A `TransactionalPartition` is never asked
/// `drained`: the last call of `ready` follows `committed`.
template <typename T>
class SinkPartition {
 public:
  SinkPartition() = default;
  SinkPartition(const SinkPartition&) = delete;
  SinkPartition& operator=(const SinkPartition&) = delete;
  virtual ~SinkPartition() = default;

  /// Takes an item, even when it is not ready. Never blocks: blocking calls go to the I/O thread. It may throw an error
  /// of this item.
  virtual void write(T&& item) = 0;

  /// Takes several items in their order, as `write` would one by one. Override it where that is faster.
  virtual void write_all(std::span<T> items) {
    for (T& item : items) {
      write(std::move(item));
    }
  }

  /// Whether it can take more now. After `false` the step waits until the partition calls its waker. Throws when an
  /// earlier write, epoch or commit failed.
  [[nodiscard]] virtual bool ready() { return true; }

  /// Writes the items that it holds. weir calls it at the end of an epoch, when the worker is idle, and at least every
  /// 400 us under load. Never blocks.
  virtual void flush() {}

  /// Whether all items that it took are written; if not, it calls its waker once they are. weir calls it after `flush`,
  /// at the end of the input, before a stop, and at the end of each epoch of a run with recovery. It may throw the
  /// errors of `ready`. weir never calls it of a `TransactionalPartition`, whose epochs are prepared instead.
  [[nodiscard]] virtual bool drained() { return true; }
};

/// A partition with exactly-once output: the items of an epoch become visible when weir decides it, or never.
///
/// Items of the next epoch may follow `prepare` at once, before `prepared` and `commit` of the last one.
///
/// An epoch that could not be made durable has no token: `prepared` returns none for it, and `ready` throws. weir calls
/// `ready` after every token before it decides the epoch, and a last time after `committed` returned true. So a failure
/// that `ready` throws in time keeps the epoch undecided, and a resumed run makes it again.
template <typename T>
class TransactionalPartition : public SinkPartition<T> {
 public:
  /// All that was written since the last call belongs to this epoch. Begins to make it durable, unseen by readers.
  /// Never blocks. Epochs come in rising order.
  virtual void prepare(Epoch epoch) = 0;

  /// A token for the oldest prepared epoch without one, once that epoch is durable: bytes by which the sink finds the
  /// epoch, in this run and in a later one. While there is none, the partition calls its waker when there is one. It
  /// may throw the errors of `ready`.
  [[nodiscard]] virtual std::optional<std::string> prepared() = 0;

  /// weir has decided the oldest epoch with a token: begins to make it visible. Never blocks.
  virtual void commit() = 0;

  /// Whether all decided epochs are visible, durably; if not, it calls its waker once they are. weir takes the next
  /// epoch's token only after that, so that the newest token covers everything that a crash can leave undone. It may
  /// throw the error of `ready` that a decided epoch cannot be made visible. A resumed run then tries again.
  [[nodiscard]] virtual bool committed() = 0;
};

/// The state that a transactional sink resumes from.
struct SinkResume {
  std::uint64_t execution = 1;       ///< how often a run has begun; with the epoch it names external output
  std::optional<std::string> token;  ///< of the newest decided epoch; none: nothing was decided yet
  std::string store{};          ///< 16 hexadecimal digits that name the recovery directory: the same in all its runs
  std::string folder{};         ///< the recovery directory, where a sink may keep files of its own
  bool in_application = false;  ///< many processes run the dataflow; see `KafkaFlags`
};

/// A sink with one partition on every worker, which takes the items of that worker. Every kind of sink that writes
/// files or tables names them in `resources()`; see `weir::Resource`.
template <typename S, typename T>
concept PerWorkerSink = requires(const S& sink, const OpenContext& context) {
  { sink.template open<T>(context) } -> std::same_as<std::unique_ptr<SinkPartition<T>>>;
};

/// A `PerWorkerSink` with `kOnePartition`: it has one partition in all, on one worker. An exchange brings it the items
/// of the other workers.
template <typename S>
concept OnePartitionSink = S::kOnePartition;

/// A sink with one partition in all, for a stream of text that only one worker may write: standard output, one file.
/// The worker that made an item formats it, a whole line at a time; an exchange brings the lines to the owner. `format`
/// takes the line by reference: changes to a copy would be lost.
template <typename S, typename T>
concept SingleStreamSink = requires(const S& sink, const T& item, std::string& line, const OpenContext& context) {
  { sink.format(item, line) } -> std::same_as<void>;
  { sink.open(context) } -> std::same_as<std::unique_ptr<SinkPartition<std::string>>>;
} && !requires(const S& sink, const T& item, std::string&& line) { sink.format(item, std::move(line)); };

/// A `SingleStreamSink` or `OnePartitionSink` that can take part in epochs. Opening it commits the token's epoch again,
/// which does nothing if that was done, and removes all output of undecided epochs.
template <typename S, typename T>
concept TransactionalSink = requires(const S& sink) {
  { sink.transactional() } -> std::same_as<bool>;  // whether this one can: standard output cannot
} && (requires(const S& sink, const OpenContext& context, const SinkResume& resume) {
  { sink.resume(context, resume) } -> std::same_as<std::unique_ptr<TransactionalPartition<std::string>>>;
} || requires(const S& sink, const OpenContext& context, const SinkResume& resume) {
  { sink.template resume<T>(context, resume) } -> std::same_as<std::unique_ptr<TransactionalPartition<T>>>;
});

/// What `op::output` takes for a stream of `T`: a sink with a partition on every worker, or one for a single stream.
template <typename S, typename T>
concept SinkOf = PerWorkerSink<S, T> || SingleStreamSink<S, T>;

}  // namespace weir
