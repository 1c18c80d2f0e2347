#pragma once

#include <optional>
#include <string>

#include "kafka/client_errors.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/patience.hpp"

namespace weir::detail::kafka {

/// Reads an output's token in Kafka.
class TokenReader {
 public:
  /// @param client  from `make_reader`, of the group that has the token; outlives the reader
  /// @param topic   the output's; the token belongs to its partition 0
  TokenReader(rd_kafka_t* client, std::string topic, Patience& patience)
      : client_{client}, topic_{std::move(topic)}, patience_{&patience} {}

  /// What committed transactions left. Waits while one that could change it is undecided.
  /// @param expected  there was one: a coordinator that starts may say for a while that there is none
  /// @throws ClientError    that does not pass
  /// @throws RecoveryError  if something else is there
  [[nodiscard]] std::optional<OutputToken> read(bool expected);

 private:
  [[nodiscard]] std::optional<OutputToken> ask();

  rd_kafka_t* client_;
  std::string topic_;
  Patience* patience_;
};

}  // namespace weir::detail::kafka
