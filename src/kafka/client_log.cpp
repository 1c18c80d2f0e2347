#include "kafka/client_log.hpp"

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr int kSyslogError = 3;

constexpr std::chrono::seconds kEndLimit{5};

}  // namespace

void ClientLog::take_from(rd_kafka_conf_t& configuration) {
  rd_kafka_conf_set_opaque(&configuration, this);
  rd_kafka_conf_set_log_cb(&configuration, &ClientLog::write);
}

void ClientLog::close() {
  const std::scoped_lock lock{mutex_};
  log_ = Log{};
}

// Connections come and go, and the client says so each time it tries. Who uses it warns in its own words.
void ClientLog::write(const rd_kafka_t* client, int level, const char* facility, const char* line) {
  auto& log = *static_cast<ClientLog*>(rd_kafka_opaque(client));
  const std::string text = fmt::format("librdkafka: {}: {}", facility, line);
  const std::string_view what{facility};
  const std::scoped_lock lock{log.mutex_};
  if (level > kSyslogError || what == "FAIL" || what == "ERROR") {
    log.log_.debug(text);
  } else {
    log.log_.warning(text);
  }
}

bool end_client(Client client, const std::shared_ptr<ClientLog>& log) {
  const auto held = std::make_shared<Client>(std::move(client));  // of the thread, or of this one if there is none
  std::promise<void> done;
  std::future<void> ended = done.get_future();
  try {
    std::thread{[held, log, done = std::move(done)]() mutable {
      held->reset();
      done.set_value();
    }}.detach();
  } catch (const std::system_error&) {
    held->reset();
    return true;
  }
  const bool in_time = ended.wait_for(kEndLimit) == std::future_status::ready;
  if (!in_time) {
    log->close();
  }
  return in_time;
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
