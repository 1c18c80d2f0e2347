#include "kafka/client_errors.hpp"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kWordsBytes = 512;

}  // namespace

Failing failing(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return Failing::kFenced;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
      return Failing::kForNow;
    default:
      return Failing::kRefused;
  }
}

ClientError error_of(rd_kafka_t* client, const rd_kafka_error_t* error) {
  rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  std::string words = rd_kafka_error_string(error);
  if (rd_kafka_error_is_fatal(error) != 0 || code == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, kWordsBytes> reason{};
    if (const rd_kafka_resp_err_t first = rd_kafka_fatal_error(client, reason.data(), reason.size());
        first != RD_KAFKA_RESP_ERR_NO_ERROR) {
      code = first;
      words = reason.data();
    }
  }
  const Failing kind = rd_kafka_error_is_retriable(error) != 0 ? Failing::kForNow : failing(code);
  return {kind, fmt::format("{}: {}", rd_kafka_err2name(code), words)};
}

bool says_more(rd_kafka_resp_err_t error, std::string_view words, std::string_view known) {
  const auto hints = [](std::string_view text) { return text.find("security.protocol") != std::string_view::npos; };
  const bool cut =
      error == RD_KAFKA_RESP_ERR__TRANSPORT && words.find("Connect to") == std::string_view::npos && !hints(words);
  if (cut) {
    return !hints(known);
  }
  return error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || known.empty();
}

std::string code_words(rd_kafka_resp_err_t code) {
  return fmt::format("{}: {}", rd_kafka_err2name(code), rd_kafka_err2str(code));
}

}  // namespace weir::detail::kafka
