#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/configuration.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_record.hpp"
#include "kafka/output_topic.hpp"
#include "weir/detail/kafka/output_settings.hpp"

namespace weir::detail::kafka {

/// A producer of an output.
/// @param defaults  properties that those of the cluster and the step replace
/// @param own       properties that this kind of output decides
/// @throws UsageError  if librdkafka refuses the properties
[[nodiscard]] Client make_producer(const OutputSettings& settings, const RecordLimits& limits, Properties defaults,
                                   const Properties& own, ClientEvents& events);

/// Hands records to a producer, which copies them.
class RecordSender {
 public:
  /// @param client  which outlives the sender
  /// @param topic   of records that name none
  RecordSender(rd_kafka_t* client, std::string topic) : client_{client}, topic_{std::move(topic)} {}

  /// Never blocks.
  /// @return  `_QUEUE_FULL`: it has no room now
  [[nodiscard]] rd_kafka_resp_err_t send(const OutputRecord& record);

 private:
  rd_kafka_topic_t* topic_named(std::string_view name);

  rd_kafka_t* client_;
  std::string topic_;
  std::map<std::string, Topic, std::less<>> topics_;
};

/// A sentence about a record that a producer did not take.
/// @param topic  of records that name none
[[nodiscard]] std::string not_taken(const OutputRecord& record, std::string_view topic, rd_kafka_resp_err_t error);

/// A record that was not delivered, for messages.
[[nodiscard]] std::string undelivered(const rd_kafka_message_t& message);

}  // namespace weir::detail::kafka
