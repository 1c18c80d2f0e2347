#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/kafka/record.hpp"
#include "weir/metrics.hpp"
#include "weir/source.hpp"

namespace weir::detail::kafka {
class Consumer;
struct Reading;
struct OpenedPartition;
struct Fetched;
}  // namespace weir::detail::kafka

namespace weir::detail::kafka {

/// The consumers of an input, one for each run that is open. A copy of an input is another input.
class OpenConsumers {
 public:
  OpenConsumers();
  OpenConsumers(const OpenConsumers& other);
  OpenConsumers(OpenConsumers&& other) noexcept;
  OpenConsumers& operator=(const OpenConsumers& other);
  OpenConsumers& operator=(OpenConsumers&& other) noexcept;
  ~OpenConsumers();

  /// The consumer of a run, made with the first partition that the run opens. From any thread.
  [[nodiscard]] std::shared_ptr<Consumer> of(const Reading& reading, const OpenContext& context) const;

 private:
  struct Runs;
  std::unique_ptr<Runs> runs_;
};

/// Returns the messages of a partition one by one.
class RecordReader {
 public:
  /// @param name      of the partition: TOPIC/NUMBER
  /// @param position  an earlier result of `position`, of the same partition
  /// @throws UsageError     if the cluster cannot be asked within 10 s
  /// @throws RecoveryError  if Kafka does not hold the position any more
  RecordReader(const OpenConsumers& consumers, const Reading& reading, const std::string& name,
               const std::optional<std::string>& position, const OpenContext& context);
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader();

  enum class Next : std::uint8_t {
    kRecord,
    kSkipped,  ///< a message that is none of the input's
    kNothing,  ///< ask again when the waker is called
    kEnd,
  };

  /// Moves to the next message.
  /// @throws RecoveryError       if Kafka has deleted it before it was read, or made the topic anew
  /// @throws std::runtime_error  if Kafka refuses to give it
  Next next();

  /// Valid until `next`.
  [[nodiscard]] const KafkaRecord& record() const noexcept { return record_; }

  /// The answer to a poll after `kNothing`.
  [[nodiscard]] Poll nothing() const noexcept { return blocked_ ? Poll::blocked() : Poll::idle(); }

  /// The place of the record, for messages: "orders/3 offset 1234".
  [[nodiscard]] std::string place() const;

  /// The next offset.
  [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }

  [[nodiscard]] std::string position() const;
  /// Whether decided positions are committed to a group.
  [[nodiscard]] bool commits() const noexcept { return commits_; }
  void decided(const std::string& position);
  [[nodiscard]] std::optional<SourceProgress> progress() const;
  [[nodiscard]] bool bounded() const noexcept { return end_.has_value(); }

 private:
  bool fetch();
  Next take_message();
  [[nodiscard]] bool is_skipped();
  void take_error();
  void measure(std::optional<std::int64_t> high) const;

  std::shared_ptr<Consumer> consumer_;  // of all partitions of the run, whichever is closed last
  std::size_t index_ = 0;               // in the consumer
  std::string name_;
  std::string topic_;
  std::int64_t offset_ = 0;
  std::int64_t first_ = 0;               // what the partition held first when it was opened
  std::optional<std::int64_t> end_;      // reads no further
  bool keeps_end_ = false;               // in its position, for other processes
  std::optional<std::int64_t> from_ms_;  // drops older messages until one is not
  bool skip_tombstones_;
  bool commits_;
  bool blocked_ = true;
  bool at_end_ = false;           // as far as the broker has said
  bool dry_ = true;               // nothing was fetched at the last look
  std::uint64_t interrupts_ = 0;  // of the connection, as of the last look
  std::unique_ptr<Fetched> fetched_;
  KafkaRecord record_;
  Counter bytes_;
  Counter fetch_errors_;
  mutable Counter unreachable_;  // asked for with the progress, since nothing is polled while nothing comes
  mutable Gauge undecided_;
  mutable std::int64_t own_undecided_ = 0;  // of this partition in it
};

}  // namespace weir::detail::kafka
