#pragma once

#include "kafka/handles.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Makes a client write its log to a run's log.
/// @param log  outlives the client
void log_to(rd_kafka_conf_t& configuration, const Log& log);

/// Whether a client's error says that the broker does not take its name and password, or its certificate.
[[nodiscard]] bool is_refused_login(rd_kafka_resp_err_t error);

/// Whether a client's error says that a broker could not be reached, or a connection was lost.
[[nodiscard]] bool is_lost_connection(rd_kafka_resp_err_t error);

}  // namespace weir::detail::kafka
