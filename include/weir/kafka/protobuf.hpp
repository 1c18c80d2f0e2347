#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "weir/errors.hpp"
#include "weir/kafka/confluent.hpp"
#include "weir/kafka/record.hpp"

namespace weir {

/// A class that the compiler of Protobuf has generated.
template <typename M>
concept ProtobufMessage = std::default_initializable<M> && requires(M& message, const char* bytes, int size) {
  { message.ParseFromArray(bytes, size) } -> std::convertible_to<bool>;
};

namespace detail::kafka {

template <ProtobufMessage M>
M parse_protobuf(const KafkaRecord& record) {
  if (!record.value) {
    throw InputError{"the message has no value, and Protobuf is expected"};
  }
  M message;
  const std::string_view bytes = *record.value;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw InputError{"the value, of " + std::to_string(bytes.size()) + " bytes, is no Protobuf message of this type"};
  }
  return message;
}

template <ProtobufMessage M>
struct Protobuf {
  M operator()(const KafkaRecord& record) const { return parse_protobuf<M>(record); }
};

template <ProtobufMessage M>
struct ConfluentProtobuf {
  M operator()(const KafkaRecord& record) const {
    KafkaRecord content = record;
    take_confluent_frame(content);
    take_message_indexes(content);
    return parse_protobuf<M>(content);
  }
};

}  // namespace detail::kafka

/// A decoder for values that are Protobuf messages. A value that is none is a bad record; Protobuf itself takes many
/// values of other types for messages.
///
///     weir::KafkaInput{cluster, {"orders"}, weir::protobuf<shop::Order>()}
///
/// weir does not use Protobuf itself: the program links it.
template <ProtobufMessage M>
detail::kafka::Protobuf<M> protobuf() {
  return {};
}

/// The same for values that Confluent's serializer wrote: with a frame, as for `confluent_framed`, and the path of the
/// message within its schema. Schema and path are skipped, not compared.
template <ProtobufMessage M>
detail::kafka::ConfluentProtobuf<M> confluent_protobuf() {
  return {};
}

}  // namespace weir
