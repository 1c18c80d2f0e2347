#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "kafka/handles.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// What a client's callbacks say. It outlives the client.
class ClientEvents {
 public:
  using Delivered = std::function<void(const rd_kafka_message_t& message)>;

  /// @param log  for lines of librdkafka; its lines about single connections are for debugging
  explicit ClientEvents(Log log) : log_{log} {}
  ClientEvents(const ClientEvents&) = delete;
  ClientEvents& operator=(const ClientEvents&) = delete;

  /// Has a client of this configuration report here.
  void listen(rd_kafka_conf_t* configuration);

  /// Has lines of librdkafka go nowhere from now on: for a client that outlives the run.
  void close_log();

  // Set before there is a client; called by whoever polls it.
  Delivered delivered;
  std::function<void()> ticked;  ///< at `statistics.interval.ms`

  /// The last error that librdkafka reported; empty if there was none.
  [[nodiscard]] std::string words() const;

  /// Whether the brokers refused the login.
  [[nodiscard]] bool login_refused() const noexcept { return login_refused_.load(std::memory_order_relaxed); }

  /// Whether the brokers refuse the client's group. They say it once; what asks for the group waits for ever.
  [[nodiscard]] bool group_refused() const noexcept { return group_refused_.load(std::memory_order_relaxed); }

  /// Why the open transaction cannot succeed; empty if it can. It is empty again once it was taken.
  [[nodiscard]] std::string take_transaction_failure();

  /// How many connections were closed.
  [[nodiscard]] std::uint64_t closed_sockets() const noexcept {
    return closed_sockets_.load(std::memory_order_acquire);  // pairs with the fetch_add in on_close
  }

 private:
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* self);
  static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* line);
  static void on_delivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* self);
  static int on_statistics(rd_kafka_t* client, char* json, std::size_t size, void* self);
  static int on_close(int socket, void* self);

  Log log_;
  mutable std::mutex mutex_;
  std::string words_;
  std::string transaction_failure_;
  std::atomic<bool> login_refused_{false};
  std::atomic<bool> group_refused_{false};
  std::atomic<std::uint64_t> closed_sockets_{0};
};

}  // namespace weir::detail::kafka
