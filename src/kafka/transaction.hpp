#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/client_errors.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/patience.hpp"
#include "kafka/record_sender.hpp"
#include "kafka/sent_epoch.hpp"
#include "kafka/topic_partition.hpp"
#include "os/file.hpp"
#include "weir/detail/kafka/output_settings.hpp"

namespace weir::detail::kafka {

/// What the transactions of an output have in common.
struct TransactionSettings {
  OutputSettings output;
  RecordLimits limits;
  std::string group;  ///< where the token is kept
  Log log;
};

/// Sends transactions under one transactional id. Any failure makes it useless: whether an open transaction succeeds is
/// then known to Kafka alone.
class TransactionalProducer {
 public:
  /// Fences all earlier producers of the id, and ends their transactions: aborts what is open, finishes what is being
  /// committed.
  /// @throws ClientError
  TransactionalProducer(const TransactionSettings& settings, const std::string& id, Patience& patience);

  /// One transaction with the token alone.
  /// @throws ClientError
  void send(const OutputToken& token);

  /// Where the records of a transaction are, called when the brokers have all of them.
  using Sent = std::function<void(std::vector<SentPartition> partitions)>;

  /// One transaction with all records of a segment and the token.
  /// @param sent  called before anything is done that could commit it
  /// @throws ClientError
  void send(const os::File& segment, const OutputToken& token, const Sent& sent);

  /// Aborts what an earlier transaction of this id has left open: the token, and the records in these partitions.
  /// @throws ClientError
  void abort_left(const std::vector<TopicPartition>& partitions, const OutputToken& token);

  /// Whether a connection was closed during the last transaction. A request to commit it may still be on its way, and
  /// would commit the next transaction of this producer half done.
  [[nodiscard]] bool disturbed() const noexcept { return session_->events.closed_sockets() != closed_sockets_; }

  /// Whether the last transaction has been open for so long that the brokers may have aborted it.
  [[nodiscard]] bool timed_out() const;

 private:
  using Clock = std::chrono::steady_clock;

  // A call that was given up holds it for longer than this producer.
  struct Session {
    explicit Session(Log log) : events{log} {}

    ClientEvents events;
    Client client;
  };

  [[nodiscard]] static std::shared_ptr<Session> open_session(const TransactionSettings& settings,
                                                             const std::string& id);
  void begin();
  void produce(const os::File& segment, const OutputToken& token);
  void produce(const OutputRecord& record, const OutputToken& token);
  void flush(const OutputToken& token);
  void send_offset(const OutputToken& token);
  [[nodiscard]] Error send_offset_once(const OutputToken& token);
  void commit();
  void end(rd_kafka_error_t* (*call)(rd_kafka_t*, int));
  [[nodiscard]] std::vector<SentPartition> sent_partitions() const;
  void poll(int milliseconds);
  void look_at(const OutputToken& token);
  [[noreturn]] void fail(const OutputToken& token, const std::string& words);
  void throw_undelivered() const;

  const TransactionSettings* settings_;
  Patience* patience_;
  std::optional<ClientError> undelivered_;  // the first record that was not taken
  std::chrono::milliseconds timeout_{};
  std::shared_ptr<Session> session_;
  RecordSender sender_;
  Clock::time_point begun_{};
  std::map<std::pair<const rd_kafka_topic_t*, std::int32_t>, std::pair<std::int64_t, std::int64_t>> sent_;  // offsets
  std::uint64_t closed_sockets_ = 0;  // until the last transaction began
};

}  // namespace weir::detail::kafka
