#pragma once

#include <memory>
#include <string>

#include "kafka/client_events.hpp"
#include "kafka/configuration.hpp"
#include "kafka/handles.hpp"
#include "kafka/record_limits.hpp"
#include "weir/detail/kafka/output_settings.hpp"

namespace weir::detail::kafka {

/// Its group has no members, so that there is none to leave and no coordinator to wait for.
struct DestroyReader {
  void operator()(rd_kafka_t* client) const noexcept {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
using Reader = std::unique_ptr<rd_kafka_t, DestroyReader>;

/// A client that reads metadata and groups' offsets, and writes nothing. It makes no topics.
/// @param group  empty: it needs none
/// @param more   properties, which win
[[nodiscard]] Reader make_reader(const OutputSettings& settings, const std::string& group, ClientEvents& events,
                                 const Properties& more = {});

/// Looks, for at most 10 s, whether the output's topic can be written.
/// @param client  from `make_reader`
/// @throws UsageError  with the broker's words
[[nodiscard]] RecordLimits look_at_topic(rd_kafka_t* client, const OutputSettings& settings,
                                         const ClientEvents& events);

/// The same with a client of its own.
[[nodiscard]] RecordLimits look_at_topic(const OutputSettings& settings, const Log& log);

}  // namespace weir::detail::kafka
