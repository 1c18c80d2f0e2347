#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "weir/source.hpp"

namespace weir {

/// One part of a sink, on the worker that owns it. One thread uses it at a time.
template <typename T>
class SinkPartition {
 public:
  SinkPartition() = default;
  SinkPartition(const SinkPartition&) = delete;
  SinkPartition& operator=(const SinkPartition&) = delete;
  virtual ~SinkPartition() = default;

  /// Takes an item, also when it is not ready. Never blocks: what can block goes to the I/O thread. An exception stops
  /// the run and names this step.
  virtual void write(T&& item) = 0;

  /// Whether it wants more now. After `false` it calls its waker when it does again; until then what feeds it waits.
  /// This is where it throws when an earlier write failed.
  [[nodiscard]] virtual bool ready() { return true; }

  /// Puts out what it holds back, at the end of an epoch and when the worker has nothing else to do. Never blocks.
  virtual void flush() {}

  /// Whether all that it took is out; when not, it calls its waker once it is. Asked at the end of the input and before
  /// a stop, after `flush`.
  [[nodiscard]] virtual bool drained() { return true; }
};

/// A sink with one partition on every worker, which takes the items of that worker.
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
template <typename S, typename T>
concept SingleStreamSink = requires(const S& sink, const T& item, std::string& line, const OpenContext& context) {
  { sink.format(item, line) } -> std::same_as<void>;
  { sink.open(context) } -> std::same_as<std::unique_ptr<SinkPartition<std::string>>>;
};

template <typename S, typename T>
concept SinkOf = PerWorkerSink<S, T> || SingleStreamSink<S, T>;

}  // namespace weir
