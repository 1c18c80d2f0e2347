#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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

}  // namespace weir::detail::kafka
