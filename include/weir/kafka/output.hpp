#pragma once

#include <memory>
#include <string>
#include <utility>

#include "weir/detail/kafka/output_settings.hpp"  // IWYU pragma: export
#include "weir/kafka/cluster.hpp"
#include "weir/kafka/output_formats.hpp"  // IWYU pragma: export
#include "weir/kafka/record_writer.hpp"
#include "weir/sink.hpp"

namespace weir {

/// Writes each item as a record to a Kafka topic.
///
///     sums | op::output("out", weir::KafkaOutput{cluster, "sums",
///     weir::kafka_keyed<std::string>(weir::fields<Sum>("n"))})
///
/// The format is `kafka_value`, `kafka_keyed`, `KafkaWhole`, or a callable `(const Item&, KafkaRecordWriter&)`, which
/// may set key, value, headers, time, topic and partition of each record. The worker that made an item formats it, and
/// one producer in the process sends all records. Records of one key go to one partition, as with Java's clients, in
/// the order in which they reach the output.
///
/// **With recovery** the output is exactly-once for readers of committed records (`isolation.level=read_committed`).
/// The records of an epoch wait in the recovery directory until the epoch is decided. Then one Kafka transaction
/// carries them and a token, which says after a crash whether they are there. Records appear an epoch at a time: the
/// latency of a reader is the epoch interval and the time of sending. While the brokers are away the run waits, and so
/// do its sources once 64 MiB of records wait.
///
/// **Without recovery** it is at-least-once: a failed run that starts again sends records again.
///
/// weir refuses the run before it starts, by a `UsageError` with the broker's words, if no broker answers for 10 s, if
/// the topic does not exist, or if the brokers refuse the login or the permission to write. A record that the topic
/// would refuse fails the run while its epoch is undecided: one that is larger than `message.max.bytes` or the topic's
/// `max.message.bytes`, or has a time before 1970 or more than an hour ahead.
///
/// @see Apache Kafka 4.4 and KIP-98 for transactions; docs/kafka-output.md for every crash and what follows it.
template <typename F>
class KafkaOutput {
 public:
  /// @throws UsageError  if Kafka has no topics of this name
  KafkaOutput(KafkaCluster cluster, std::string topic, F format)
      : settings_{detail::kafka::declared_output(std::move(cluster), std::move(topic))}, format_{std::move(format)} {}

  /// Sets a property of librdkafka for this output, as `KafkaCluster::set`.
  /// @throws UsageError  as `KafkaCluster::set`
  KafkaOutput& set(const std::string& name, const std::string& value) & {
    detail::kafka::set_property(settings_, name, value);
    return *this;
  }
  /// For a chain of calls.
  KafkaOutput&& set(const std::string& name, const std::string& value) && { return std::move(this->set(name, value)); }

  /// What a resumed run does if Kafka has forgotten the output's token. Brokers keep it for
  /// `offsets.retention.minutes`, 7 days unless they are told otherwise, and while its topic exists. It matters only if
  /// the last run was killed before it knew that its last epoch had arrived. Refuses by default.
  KafkaOutput& pending(KafkaPending pending) & {
    settings_.pending = pending;
    return *this;
  }
  /// For a chain of calls.
  KafkaOutput&& pending(KafkaPending pending) && { return std::move(this->pending(pending)); }

  /// Appends the item's record, as the format makes it. It may throw the errors of the format.
  template <typename T>
    requires KafkaFormatOf<F, T>
  void format(const T& item, std::string& row) const {
    record_.clear();
    format_(item, record_);
    record_.append_to(row);
  }

  /// @throws UsageError  if the topic cannot be written
  [[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& context) const {
    return detail::kafka::open_output(settings_, context);
  }

  [[nodiscard]] bool transactional() const { return true; }  ///< only in runs with recovery it writes transactions

  /// For weir itself.
  [[nodiscard]] auto in_application() const { return detail::kafka::in_application(settings_); }

  /// @throws UsageError     if the topic cannot be written
  /// @throws RecoveryError  if Kafka is not as the last run left it, or another run uses the output
  [[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> resume(const OpenContext& context,
                                                                            const SinkResume& resume) const {
    return detail::kafka::resume_output(settings_, context, resume);
  }

 private:
  detail::kafka::OutputSettings settings_;
  F format_;
  mutable KafkaRecordWriter record_;  // reused; every worker has its own copy of the output
};

}  // namespace weir
