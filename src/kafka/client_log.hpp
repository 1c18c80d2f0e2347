#pragma once

#include <memory>
#include <mutex>

#include "kafka/handles.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Where a client writes its log: to a run's. Outlives the client. From any thread.
class ClientLog {
 public:
  explicit ClientLog(const Log& log) : log_{log} {}
  ClientLog(const ClientLog&) = delete;
  ClientLog& operator=(const ClientLog&) = delete;
  ~ClientLog() = default;

  /// Makes a client write here.
  void take_from(rd_kafka_conf_t& configuration);

  /// Writes nothing more: the run is over.
  void close();

 private:
  static void write(const rd_kafka_t* client, int level, const char* facility, const char* line);

  std::mutex mutex_;
  Log log_;
};

/// Ends a client. Waits for it at most 5 s, and leaves it to a thread of its own then: one whose partitions are gone
/// from their topic may never end (librdkafka#4362).
/// @param log  the client's, which is closed if the client goes on
/// @return     whether it ended
bool end_client(Client client, const std::shared_ptr<ClientLog>& log);

/// Whether a client's error says that the broker does not take its name and password, or its certificate.
[[nodiscard]] bool is_refused_login(rd_kafka_resp_err_t error);

/// Whether a client's error says that a broker could not be reached, or a connection was lost.
[[nodiscard]] bool is_lost_connection(rd_kafka_resp_err_t error);

}  // namespace weir::detail::kafka
