#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/time.hpp"

namespace weir {

/// A header of a Kafka message. Several headers of one message may have the same name.
struct KafkaHeader {
  std::string name;                  ///< in UTF-8
  std::optional<std::string> value;  ///< bytes; none is another value than an empty one

  friend bool operator==(const KafkaHeader&, const KafkaHeader&) = default;  ///< both parts are equal
};

/// A Kafka message whose bytes belong to the source; valid while the decoder runs.
struct KafkaRecord {
  std::string_view topic;                 ///< that it was read from
  std::int32_t partition = 0;             ///< of the topic, counted from 0
  std::int64_t offset = 0;                ///< in the partition, counted from 0; there may be gaps
  std::optional<Time> time;               ///< to the millisecond; none: the message has no time
  std::optional<std::string_view> key;    ///< none is another key than an empty one
  std::optional<std::string_view> value;  ///< none: a tombstone, which deletes the key from a compacted topic

  /// Its headers, in their order.
  [[nodiscard]] std::vector<KafkaHeader> headers() const;

  const void* message = nullptr;  ///< for weir itself
};

/// A Kafka message as an item.
struct KafkaMessage {
  std::string topic;                 ///< that it was read from; an output ignores it
  std::int32_t partition = 0;        ///< of the topic, counted from 0; an output ignores it
  std::int64_t offset = 0;           ///< in the partition, counted from 0; an output ignores it
  std::optional<Time> time;          ///< to the millisecond; none: the message has no time
  std::optional<std::string> key;    ///< none is another key than an empty one
  std::optional<std::string> value;  ///< none: a tombstone
  std::vector<KafkaHeader> headers;  ///< in the order of the message

  /// All parts are equal, also topic, partition and offset.
  friend bool operator==(const KafkaMessage&, const KafkaMessage&) = default;
};

}  // namespace weir
