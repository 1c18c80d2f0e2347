#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/kafka/decoders.hpp"
#include "weir/detail/kafka/partition.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/detail/kafka/record_reader.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/kafka/record.hpp"
#include "weir/kafka/start.hpp"
#include "weir/source.hpp"

namespace weir {

/// The messages of Kafka topics.
///
///     flow.input("orders", weir::KafkaInput{cluster, {"orders"}, weir::fields<Order>("id", "price")})
///
/// The decoder turns a message into items. It is one of these:
/// - a JSON shape, which reads the value
/// - a function `(const weir::KafkaRecord&)` that returns an item, or a `std::optional` of one
/// - a function `(const weir::KafkaRecord&, weir::Emit<Item>&)` that emits any number of items
/// It must not be overloaded or a template. The views in the record are valid while it runs. Each partition has a copy.
///
/// A topic is a name, or a pattern: a regular expression (ECMAScript) that begins with `^` and stands for all topics in
/// whose names it is found, except internal ones, which begin with `__`.
///
/// Each partition of a topic is a partition of the source, named TOPIC/NUMBER. One worker reads it, its messages in
/// order. Only committed messages are read. weir keeps the position, the next offset, in the recovery directory and
/// resumes from there; no consumer group is needed, and weir joins none.
///
/// A record that a decoder refuses is a bad record, as for `TextFiles`: one for which the decoder throws an
/// `InputError`, or, if it returns its items, any exception. The error names the place: `orders/3 offset 1234: ...`.
///
/// A broker that is away does not end a run. The input waits for it and warns once a minute. Meanwhile its partitions
/// are not idle for `EventClock::idle_after`.
///
/// weir never skips a message silently. It refuses a run, with a `RecoveryError` that names the partition, where Kafka
/// has deleted messages before they were read, or a topic was made anew; see `missing`.
///
/// Messages that are fetched ahead take about 64 MiB of memory at most, and at least 64 KiB for each partition. Set
/// `queued.min.messages`, `queued.max.messages.kbytes` and `fetch.message.max.bytes` to change that.
///
/// `partitions` and `open` throw a `UsageError` with the broker's words if the cluster cannot be asked within 10 s, it
/// refuses the login, or a topic is not there. A partition's `poll` throws if the topic is deleted or may no longer be
/// read.
template <typename D>
class KafkaInput {
  using Decode = detail::kafka::Decoder<D>;

 public:
  using Item = typename Decode::Item;  ///< what the decoder makes of a message

  /// @throws BuildError  if there is no topic, or a pattern is no regular expression
  KafkaInput(KafkaCluster cluster, std::vector<std::string> topics, D decoder)
      : reading_{std::move(cluster), std::move(topics)}, decoder_{std::move(decoder)} {
    detail::kafka::check_topics(reading_);
  }

  /// Where to begin in a partition that has no stored position; else at the earliest message. A partition that is added
  /// to a topic later always begins at its earliest message, since messages would be lost otherwise.
  KafkaInput& start(KafkaStart start) & {
    reading_.start = std::move(start);
    return *this;
  }
  /// For a chain of calls.
  KafkaInput&& start(KafkaStart start) && { return std::move(this->start(std::move(start))); }

  /// Ends after the last message that was there when the run began; else follows the topics until it is stopped. Does
  /// not wait for transactions that are open then.
  KafkaInput& stop_at_end() & {
    reading_.stop_at_end = true;
    return *this;
  }
  KafkaInput&& stop_at_end() && { return std::move(this->stop_at_end()); }  ///< for a chain of calls

  /// Commits the decided positions to a consumer group too, so that the usual tools show the lag. weir does not read
  /// them back. A commit that fails is a warning. Only in a run with recovery.
  KafkaInput& group(std::string name) & {
    reading_.group = std::move(name);
    return *this;
  }
  KafkaInput&& group(std::string name) && { return std::move(this->group(std::move(name))); }  ///< for a chain of calls

  /// What to do if Kafka no longer holds the messages at a stored position; else the run is refused.
  KafkaInput& missing(KafkaMissing missing) & {
    reading_.missing = missing;
    return *this;
  }
  KafkaInput&& missing(KafkaMissing missing) && { return std::move(this->missing(missing)); }  ///< for a chain of calls

  /// What to do with messages that have no value.
  KafkaInput& tombstones(KafkaTombstones tombstones) & {
    reading_.skip_tombstones = tombstones == KafkaTombstones::kSkip;
    return *this;
  }
  /// For a chain of calls.
  KafkaInput&& tombstones(KafkaTombstones tombstones) && { return std::move(this->tombstones(tombstones)); }

  /// How often to look for new partitions and topics; else every 30 s. When there are some, a run with recovery closes
  /// its epoch and is made again with them. A run without recovery warns once, and does not read them.
  /// @throws BuildError  if the interval is not positive
  KafkaInput& refresh(std::chrono::milliseconds interval) & {
    detail::kafka::set_refresh(reading_, interval);
    return *this;
  }
  /// For a chain of calls.
  KafkaInput&& refresh(std::chrono::milliseconds interval) && { return std::move(this->refresh(interval)); }

  /// Sets a property of librdkafka for this input alone; it wins over the cluster's.
  /// @throws UsageError  as `KafkaCluster::set`
  KafkaInput& set(const std::string& name, const std::string& value) & {
    detail::kafka::set_property(reading_, name, value);
    return *this;
  }
  /// For a chain of calls.
  KafkaInput&& set(const std::string& name, const std::string& value) && { return std::move(this->set(name, value)); }

  /// Asks the broker, on the thread that starts the run.
  /// @throws UsageError  if it does not answer, or lacks the topic
  [[nodiscard]] std::vector<std::string> partitions() const { return detail::kafka::partition_names(reading_); }

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "offset of a Kafka partition"; }

  /// For weir itself.
  [[nodiscard]] auto in_application() const { return detail::kafka::in_application(reading_); }

  /// See `PartitionedSource`. Tells partitions that are new from those without a position.
  /// @throws RecoveryError  if a topic has fewer partitions than before
  void rename_positions(const std::vector<std::string>& partitions,
                        std::map<std::string, std::string>& positions) const {
    detail::kafka::match_positions(reading_, partitions, positions);
  }

  /// Opens a partition at the offset of `position`, by default where `start` says.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    return detail::runtime::make_as<SourcePartition<Item>, detail::kafka::TopicPartitionSource<Item, Decode>>(
        Decode{decoder_}, consumers_, reading_, name, position, context);
  }

 private:
  detail::kafka::Reading reading_;
  D decoder_;
  detail::kafka::OpenConsumers consumers_;
};

/// Whole messages, as items of their own.
///
///     flow.input("raw", weir::kafka_messages(cluster, {"^audit\\..*"}))
inline KafkaInput<detail::kafka::CopyMessage> kafka_messages(KafkaCluster cluster, std::vector<std::string> topics) {
  return {std::move(cluster), std::move(topics), detail::kafka::CopyMessage{}};
}

}  // namespace weir
