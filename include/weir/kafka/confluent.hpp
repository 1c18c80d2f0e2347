#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "weir/detail/graph/signature.hpp"
#include "weir/detail/kafka/decoders.hpp"
#include "weir/emit.hpp"
#include "weir/kafka/record.hpp"

namespace weir {
namespace detail::kafka {

/// Takes the frame off the front of a record's value.
/// @return             the id of its schema
/// @throws InputError  if the value has no such frame
std::uint32_t take_confluent_frame(KafkaRecord& record);

/// Takes the path of a message within its schema off the front of a record's value, as the frame of Protobuf has it.
/// @throws InputError  if there is none
void take_message_indexes(KafkaRecord& record);

/// A decoder of what a frame holds.
template <typename D>
class Framed {
 public:
  using Inner = Decoder<D>;

  explicit Framed(D decoder) : decoder_{std::move(decoder)} {}

  void operator()(const KafkaRecord& record, Emit<typename Inner::Item>& emit) {
    KafkaRecord content = record;
    take_confluent_frame(content);
    decoder_(content, emit);
  }

 private:
  Inner decoder_;
};

/// The same for a decoder that is given the id of the schema too.
template <typename D>
  requires(graph::HasSignature<D> && graph::Signature<D>::kArity == 2 &&
           std::same_as<typename graph::Signature<D>::template Argument<1>, std::uint32_t>)
class Framed<D> {
 public:
  explicit Framed(D decoder) : decoder_{std::move(decoder)} {}

  typename graph::Signature<D>::Result operator()(const KafkaRecord& record) {
    KafkaRecord content = record;
    const std::uint32_t schema = take_confluent_frame(content);
    return decoder_(content, schema);
  }

 private:
  D decoder_;
};

}  // namespace detail::kafka

/// A decoder for values that Confluent's serializers wrote: a zero byte, the id of a schema, then the content.
///
///     weir::KafkaInput{cluster, {"orders"}, weir::confluent_framed(weir::fields<Order>("id", "price"))}
///
/// weir asks no schema registry. A value without the frame is a bad record.
///
/// @param decoder  of the content: what `KafkaInput` takes, or a function `(const weir::KafkaRecord&, std::uint32_t)`
///                 of the content and the id of its schema, which returns an item or a `std::optional` of one
/// @see https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
template <typename D>
detail::kafka::Framed<D> confluent_framed(D decoder) {
  return detail::kafka::Framed<D>{std::move(decoder)};
}

}  // namespace weir
