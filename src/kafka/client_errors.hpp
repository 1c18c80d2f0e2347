#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kafka/handles.hpp"

namespace weir::detail::kafka {

/// What an error of Kafka means for an output.
enum class Failing : std::uint8_t {
  kForNow,   ///< it passes by itself: brokers are away, a coordinator moves
  kFenced,   ///< another producer took the transactional id over, or the transaction was too old: librdkafka says the
             ///< same
  kRefused,  ///< it stays until somebody mends it
};

[[nodiscard]] Failing failing(rd_kafka_resp_err_t code);

/// A call of Kafka that failed.
class ClientError : public std::runtime_error {
 public:
  ClientError(Failing failing, const std::string& words) : std::runtime_error{words}, failing_{failing} {}

  [[nodiscard]] Failing failing() const noexcept { return failing_; }

 private:
  Failing failing_;
};

/// What the error object says; of a fatal one what made it so.
[[nodiscard]] ClientError error_of(rd_kafka_t* client, const rd_kafka_error_t* error);

/// Whether an error says more than the words that are there. "All brokers are down" says less than what came before. A
/// connection that was cut says less than a hint that its settings are wrong: brokers that want a login cut it in many
/// ways, and librdkafka gives the hint for some.
/// @param words  of the error
[[nodiscard]] bool says_more(rd_kafka_resp_err_t error, std::string_view words, std::string_view known);

/// The name and the words of a code: "TOPIC_AUTHORIZATION_FAILED: Broker: Topic authorization failed".
[[nodiscard]] std::string code_words(rd_kafka_resp_err_t code);

}  // namespace weir::detail::kafka
