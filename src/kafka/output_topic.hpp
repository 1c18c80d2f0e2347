#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "kafka/client_events.hpp"
#include "kafka/configuration.hpp"
#include "kafka/handles.hpp"
#include "weir/detail/kafka/output_settings.hpp"

namespace weir::detail::kafka {

/// How large records of an output may be.
struct RecordLimits {
  std::string topic;
  std::size_t client_bytes = 0;  ///< `message.max.bytes`
  std::size_t topic_bytes = 0;   ///< its `max.message.bytes`; 0: not known

  /// What a producer may put into one batch: a batch of small records must not be larger than the topic takes.
  [[nodiscard]] std::size_t most_batch_bytes() const noexcept {
    return topic_bytes != 0 && topic_bytes < client_bytes ? topic_bytes : client_bytes;
  }
};

/// Refuses a row with a record that Kafka would refuse.
/// @throws std::runtime_error  with topic, key and value
void check_record(const RecordLimits& limits, std::string_view row);

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
