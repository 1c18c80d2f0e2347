#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "kafka/client_errors.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/patience.hpp"
#include "kafka/record_sender.hpp"
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

  /// One transaction with all records of a segment and the token.
  /// @throws ClientError
  void send(const os::File& segment, const OutputToken& token);

  /// Whether a connection was closed during the last transaction. A request to commit it may still be on its way, and
  /// would commit the next transaction of this producer half done.
  [[nodiscard]] bool disturbed() const noexcept { return events_.closed_sockets() != closed_sockets_; }

  /// Whether the last transaction has been open for so long that the brokers may have aborted it.
  [[nodiscard]] bool timed_out() const;

 private:
  using Clock = std::chrono::steady_clock;

  void begin();
  void produce(const os::File& segment, const OutputToken& token);
  void produce(const OutputRecord& record, const OutputToken& token);
  void flush(const OutputToken& token);
  void send_offset(const OutputToken& token);
  void commit();
  void poll(int milliseconds);
  void look_at(const OutputToken& token);
  [[noreturn]] void fail(const OutputToken& token, const std::string& words);
  void throw_undelivered() const;

  const TransactionSettings* settings_;
  Patience* patience_;
  ClientEvents events_;
  std::optional<ClientError> undelivered_;  // the first record that was not taken
  std::chrono::milliseconds timeout_{};
  Client client_;
  RecordSender sender_;
  Clock::time_point begun_{};
  std::uint64_t closed_sockets_ = 0;  // until the last transaction began
};

}  // namespace weir::detail::kafka
