#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/json_shape.hpp"
#include "weir/time.hpp"

namespace weir {

/// A Kafka record that a format makes of an item. A part that the format does not set is absent.
///
///     weir::KafkaOutput{cluster, "orders", [](const Order& order, weir::KafkaRecordWriter& record) {
///       record.key(order.id).value(order.body).time(order.time).header("source", "shop");
///     }}
class KafkaRecordWriter {
 public:
  /// The key chooses the partition, as Java's clients do. A record without one goes to any partition; an empty key is a
  /// key.
  KafkaRecordWriter& key(std::string_view bytes);

  /// A record without a value is a tombstone: it deletes its key from a compacted topic.
  KafkaRecordWriter& value(std::string_view bytes);

  /// Sets the value to a JSON text.
  template <JsonShape Shape>
  KafkaRecordWriter& json_value(const Shape& shape, const typename Shape::Value& item) {
    JsonWriter json{value_text()};
    shape.write(json, item);
    return *this;
  }

  /// Adds a header. Several may have the same name.
  /// @throws std::runtime_error  if the name has a NUL, which librdkafka cannot send
  KafkaRecordWriter& header(std::string_view name, std::optional<std::string_view> value);

  /// Kafka stores whole milliseconds after 1970. A record without a time gets that of its sending.
  KafkaRecordWriter& time(Time time);

  /// In place of the output's topic.
  /// @throws std::runtime_error  if Kafka has no such names
  KafkaRecordWriter& topic(std::string_view name);

  /// In place of the partition that the key chooses.
  /// @throws std::runtime_error  if it is negative
  KafkaRecordWriter& partition(std::int32_t number);

  /// An empty key or value to append to.
  [[nodiscard]] std::string& key_text();
  [[nodiscard]] std::string& value_text();  ///< an empty value to append to

  /// Makes all parts absent.
  void clear();

  /// Appends the record to a row of an output.
  void append_to(std::string& row) const;

 private:
  std::string topic_;
  std::int32_t partition_ = -1;
  std::optional<std::int64_t> milliseconds_;
  bool has_key_ = false;
  bool has_value_ = false;
  std::string key_;
  std::string value_;
  std::uint64_t header_count_ = 0;
  std::string headers_;  // encoded
};

}  // namespace weir
