#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "weir/json_shape.hpp"
#include "weir/kafka/record.hpp"
#include "weir/kafka/record_writer.hpp"
#include "weir/text_output.hpp"

namespace weir {

/// How an item becomes a Kafka record: `format(item, record)`. A format is copied to every worker.
template <typename F, typename T>
concept KafkaFormatOf = std::copy_constructible<F> && std::invocable<const F&, const T&, KafkaRecordWriter&>;

/// The result of `kafka_value`.
template <JsonShape Shape>
struct KafkaValue {
  Shape shape;  ///< of the record's value

  /// Writes the item as the record's value, in JSON.
  template <std::same_as<typename Shape::Value> T>
  void operator()(const T& item, KafkaRecordWriter& record) const {
    record.json_value(shape, item);
  }
};

/// The item as a JSON value, without a key.
///
///     orders | op::output("out", weir::KafkaOutput{cluster, "orders", weir::kafka_value(weir::fields<Order>("id",
///     "price"))})
template <JsonShape Shape>
KafkaValue<Shape> kafka_value(Shape shape) {
  return {std::move(shape)};
}

/// The result of `kafka_keyed`.
template <typename K, JsonShape Shape>
struct KafkaKeyed {
  using Pair = std::pair<K, typename Shape::Value>;  ///< the item of a keyed stream

  Shape shape;  ///< of the record's value

  /// Writes the pair: its first as text, which becomes the record's key, its second in JSON.
  template <std::same_as<Pair> T>
  void operator()(const T& item, KafkaRecordWriter& record) const {
    detail::append_text(record.key_text(), item.first);
    record.json_value(shape, item.second);
  }
};

/// The pairs of a keyed stream: the key as text, as `TextFile` writes it, and the value as JSON.
///
///     sums | op::output("out", weir::KafkaOutput{cluster, "sums",
///     weir::kafka_keyed<std::string>(weir::fields<Sum>("n"))})
template <typename K, JsonShape Shape>
KafkaKeyed<K, Shape> kafka_keyed(Shape shape) {
  static_assert(detail::Textual<K>, "kafka_keyed: the key must be text, a number, a time, or a pair or tuple of them");
  return {std::move(shape)};
}

/// The item as text, as `TextFile` writes it. The key of a keyed stream's pair is the record's key.
struct KafkaText {
  /// Writes the item as the record's value.
  template <detail::Textual T>
  void operator()(const T& item, KafkaRecordWriter& record) const {
    detail::append_text(record.value_text(), item);
  }
  /// Writes the pair: its first is the record's key, its second the value.
  template <detail::Textual K, detail::Textual V>
  void operator()(const std::pair<K, V>& item, KafkaRecordWriter& record) const {
    detail::append_text(record.key_text(), item.first);
    detail::append_text(record.value_text(), item.second);
  }
};

/// A whole message: its key, value, headers and time. It goes to the output's topic, whatever topic, partition and
/// offset it came from.
struct KafkaWhole {
  /// Writes all but topic, partition and offset.
  void operator()(const KafkaMessage& message, KafkaRecordWriter& record) const;
};

}  // namespace weir
