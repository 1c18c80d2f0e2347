#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "kafka/client_events.hpp"
#include "kafka/output_token.hpp"
#include "kafka/patience.hpp"
#include "kafka/sent_epoch.hpp"
#include "kafka/sent_fate.hpp"
#include "kafka/token_reader.hpp"
#include "kafka/transaction.hpp"
#include "kafka/used_id.hpp"
#include "os/file.hpp"

namespace weir::detail::kafka {

/// The transactions of one output, one after the other, each of which is in Kafka once.
///
/// A transactional id is used by one producer, once. When a producer failed, or a connection was closed during a
/// transaction, the next one first ends whatever is left under the old id, and asks Kafka what it holds: a request that
/// is still on its way finds the old producer fenced. Its first transaction *claims* the output: the same token under
/// the number of this execution. A run of an older execution sees that and ends.
class TransactionChain {
 public:
  /// Which token is true, by the one that Kafka has; throws if none can be.
  using Judge = std::function<OutputToken(const std::optional<OutputToken>& found)>;

  /// @param reader     of the settings' group; outlives this
  /// @param expected   whether Kafka should have a token
  /// @param waiting    the segment that may be sent, in whole or in part; null if there is none
  /// @throws RecoveryError  if another run uses the output
  TransactionChain(TransactionSettings settings, std::uint64_t execution, std::filesystem::path used_id,
                   rd_kafka_t* reader, const ClientEvents& reader_events, Patience& patience, bool expected,
                   const os::File* waiting, const Judge& judge);

  /// What Kafka holds.
  [[nodiscard]] const OutputToken& token() const noexcept { return token_; }

  /// Makes Kafka hold the segment and the token, once. Waits for brokers that are away.
  /// @throws RecoveryError       if another run uses the output
  /// @throws std::runtime_error  with the broker's words, if it refuses the segment
  /// @param begin  how many bytes Kafka must hold before
  void put(const os::File& segment, const OutputToken& token, std::uint64_t begin);

  /// Commits the token again if it is old: brokers forget it.
  /// @throws RecoveryError  if another run uses the output
  void keep();

 private:
  using Clock = std::chrono::steady_clock;

  /// A first step that succeeded, or its failure.
  void renew(bool expected, const Judge& judge);
  void renew_later();
  std::optional<OutputToken> settle(bool expected);
  std::optional<OutputToken> mend(TransactionalProducer& last, const SentEpoch& sent, bool held, bool expected);
  void end_what_is_open(TransactionalProducer& last, const SentEpoch& sent);
  [[noreturn]] void throw_committed_in_part(const SentEpoch& sent, const SentFate& fate) const;
  void choose_topics(const os::File* waiting);
  std::optional<OutputToken> look(bool expected);
  void send(const os::File& segment, const OutputToken& token);
  void endure(const ClientError& failure, bool timed_out);
  [[noreturn]] void refuse_as_used(const std::string& how) const;

  TransactionSettings settings_;
  std::uint64_t execution_;
  UsedId used_id_;
  SentFile sent_;
  TokenReader reader_;
  Patience* patience_;
  std::set<std::string> topics_;  // in which the last transaction may have records
  std::uint64_t producers_ = 0;
  std::unique_ptr<TransactionalProducer> producer_;  // null: what is left under the last id is not settled
  OutputToken token_;
  Clock::time_point committed_at_{};  // the token
  int refusals_ = 0;                  // of this segment
};

}  // namespace weir::detail::kafka
