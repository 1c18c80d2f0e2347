#include "weir/detail/kafka/decoders.hpp"

#include <cstddef>
#include <exception>
#include <string_view>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "weir/errors.hpp"
#include "weir/kafka/confluent.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kFrameBytes = 5;  // a zero, and the id of the schema

std::string_view value_of(const KafkaRecord& record, std::string_view expected) {
  if (!record.value) {
    throw InputError{fmt::format("the message has no value (a tombstone), and {} is expected", expected)};
  }
  return *record.value;
}

// Takes a number of Protobuf off the front; nothing if there is none.
std::optional<std::int64_t> take_zigzag(std::string_view& bytes) {
  constexpr int kMostBits = 63;
  std::uint64_t number = 0;
  for (int bits = 0; bits < kMostBits && !bytes.empty(); bits += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fU} << bits;
    if (byte < 0x80) {
      return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
    }
  }
  return std::nullopt;
}

}  // namespace

void fail_decoder_nested() {
  std::string cause = "the decoder threw an exception that is no std::exception";
  try {
    throw;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the text above says all that is known
  }
  std::throw_with_nested(InputError{cause});
}

JsonValue JsonValues::parse(const KafkaRecord& record) {
  const std::string_view value = value_of(record, "JSON");
  if (const std::size_t valid = codec::valid_utf8(value); valid != value.size()) {
    throw InputError{fmt::format("byte {} of the value is 0x{:02x}, which is not UTF-8", valid + 1,
                                 static_cast<unsigned char>(value[valid]))};
  }
  text_.assign(value);  // the parser changes it, and wants a NUL after it
  try {
    return parser_.parse(text_.data(), text_.size());
  } catch (const JsonError&) {
    fail_nested();
  }
}

void JsonValues::fail_nested() {
  try {
    throw;
  } catch (const JsonError& error) {
    std::throw_with_nested(InputError{fmt::format("byte {} of the value: {}", error.offset() + 1, error.what())});
  } catch (...) {
    fail_decoder_nested();
  }
}

KafkaMessage CopyMessage::operator()(const KafkaRecord& record) const {
  return {.topic = std::string{record.topic},
          .partition = record.partition,
          .offset = record.offset,
          .time = record.time,
          .key = record.key ? std::optional{std::string{*record.key}} : std::nullopt,
          .value = record.value ? std::optional{std::string{*record.value}} : std::nullopt,
          .headers = record.headers()};
}

std::uint32_t take_confluent_frame(KafkaRecord& record) {
  std::string_view value = value_of(record, "the frame of a schema registry");
  if (value.size() < kFrameBytes || value.front() != '\0') {
    throw InputError{"the value does not begin with a zero byte and the id of a schema"};
  }
  std::uint32_t schema = 0;
  for (const char byte : value.substr(1, kFrameBytes - 1)) {
    schema = schema << 8 | static_cast<unsigned char>(byte);
  }
  record.value = value.substr(kFrameBytes);
  return schema;
}

void take_message_indexes(KafkaRecord& record) {
  std::string_view value = value_of(record, "Protobuf");
  std::optional<std::int64_t> left = take_zigzag(value);  // none: the first message, as if there were one index, 0
  for (; left && *left > 0; --*left) {
    if (!take_zigzag(value)) {
      left.reset();
      break;
    }
  }
  if (left != 0) {
    throw InputError{"the value has no path of a message within its schema"};
  }
  record.value = value;
}

}  // namespace weir::detail::kafka
