#include "kafka/client_log.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr int kSyslogError = 3;

// Connections come and go, and the client says so each time it tries. Who uses it warns in its own words.
void write_line(const rd_kafka_t* client, int level, const char* facility, const char* line) {
  const auto* const log = static_cast<const Log*>(rd_kafka_opaque(client));
  const std::string text = fmt::format("librdkafka: {}: {}", facility, line);
  const std::string_view what{facility};
  if (level > kSyslogError || what == "FAIL" || what == "ERROR") {
    log->debug(text);
  } else {
    log->warning(text);
  }
}

}  // namespace

void log_to(rd_kafka_conf_t& configuration, const Log& log) {
  // The client does not change it.
  rd_kafka_conf_set_opaque(&configuration, const_cast<Log*>(&log));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  rd_kafka_conf_set_log_cb(&configuration, &write_line);
}

bool is_refused_login(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL ||
         error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
}

bool is_lost_connection(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
         error == RD_KAFKA_RESP_ERR__RESOLVE || error == RD_KAFKA_RESP_ERR__TIMED_OUT || is_refused_login(error);
}

}  // namespace weir::detail::kafka
