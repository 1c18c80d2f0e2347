#include "kafka/client_events.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "kafka/client_errors.hpp"
#include "kafka/client_log.hpp"

namespace weir::detail::kafka {

void ClientEvents::listen(rd_kafka_conf_t* configuration) {
  rd_kafka_conf_set_opaque(configuration, this);
  rd_kafka_conf_set_error_cb(configuration, &on_error);
  rd_kafka_conf_set_log_cb(configuration, &on_log);
  rd_kafka_conf_set_dr_msg_cb(configuration, &on_delivery);
  rd_kafka_conf_set_stats_cb(configuration, &on_statistics);
  rd_kafka_conf_set_closesocket_cb(configuration, &on_close);
}

void ClientEvents::close_log() {
  const std::scoped_lock lock{mutex_};
  log_ = Log{};
}

std::string ClientEvents::words() const {
  const std::scoped_lock lock{mutex_};
  return words_;
}

std::string ClientEvents::take_transaction_failure() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(transaction_failure_, {});
}

void ClientEvents::on_error(rd_kafka_t* /*client*/, int error, const char* reason, void* self) {
  auto& events = *static_cast<ClientEvents*>(self);
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  if (is_refused_login(code)) {
    events.login_refused_.store(true, std::memory_order_relaxed);
  }
  if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    events.group_refused_.store(true, std::memory_order_relaxed);
  }
  const std::scoped_lock lock{events.mutex_};
  if (says_more(code, reason, events.words_)) {
    events.words_ = reason;
  }
}

// Its own words for a transaction that cannot succeed come here alone.
void ClientEvents::on_log(const rd_kafka_t* client, int /*level*/, const char* facility, const char* line) {
  auto* const events = static_cast<ClientEvents*>(rd_kafka_opaque(client));
  if (events == nullptr) {
    return;
  }
  const std::scoped_lock lock{events->mutex_};
  if (std::string_view{facility} == "TXNERR") {
    events->transaction_failure_ = line;
  }
  events->log_.debug(fmt::format("librdkafka: {}: {}", facility, line));
}

void ClientEvents::on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* self) {
  if (const auto& events = *static_cast<ClientEvents*>(self); events.delivered) {
    events.delivered(*message);
  }
}

int ClientEvents::on_statistics(rd_kafka_t* /*client*/, char* /*json*/, std::size_t /*size*/, void* self) {
  if (const auto& events = *static_cast<ClientEvents*>(self); events.ticked) {
    events.ticked();
  }
  return 0;  // librdkafka frees the text
}

int ClientEvents::on_close(int socket, void* self) {
  static_cast<ClientEvents*>(self)->closed_sockets_.fetch_add(1, std::memory_order_release);
  return ::close(socket);
}

}  // namespace weir::detail::kafka
