#pragma once

#include <optional>
#include <string>

#include "kafka/client_errors.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/patience.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// The brokers hold a token back, since a transaction that wrote one has not ended for its group.
class HeldToken final : public ClientError {
 public:
  HeldToken() : ClientError{Failing::kForNow, "the brokers have not ended a transaction that wrote the token"} {}
};

/// Reads an output's token in Kafka.
class TokenReader {
 public:
  /// @param client    from `make_reader`, of the group that has the token; outlives the reader
  /// @param events    of the client
  /// @param settings  of the output; the token belongs to partition 0 of its topic
  TokenReader(rd_kafka_t* client, const ClientEvents& events, const OutputSettings& settings, std::string group,
              Log log, Patience& patience)
      : client_{client},
        events_{&events},
        settings_{&settings},
        group_{std::move(group)},
        log_{log},
        patience_{&patience} {}

  /// What committed transactions left. Waits for brokers that are away.
  /// @param expected  there was one: a coordinator that starts may say for a while that there is none
  /// @throws HeldToken      if a transaction that could change it stays undecided for some seconds
  /// @throws ClientError    that does not pass
  /// @throws RecoveryError  if something else is there
  [[nodiscard]] std::optional<OutputToken> read(bool expected);

 private:
  [[nodiscard]] std::optional<OutputToken> ask();
  [[nodiscard]] bool is_held() const;

  rd_kafka_t* client_;
  const ClientEvents* events_;
  const OutputSettings* settings_;
  std::string group_;
  Log log_;
  Patience* patience_;
};

}  // namespace weir::detail::kafka
