#include "kafka/output_record.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr std::uint64_t kMaxPartBytes = std::uint64_t{1} << 30;  // Kafka's own lengths end at 2^31 - 1
constexpr std::size_t kMaxShownBytes = 64;

Taken take_number(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) {
      return Taken::kMalformed;  // beyond 64 bits
    }
    number |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return Taken::kOne;
    }
  }
  return Taken::kIncomplete;
}

Taken take_text(std::string_view& bytes, std::uint64_t size, std::string_view& text) {
  if (size > kMaxPartBytes) {
    return Taken::kMalformed;
  }
  if (size > bytes.size()) {
    return Taken::kIncomplete;
  }
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return Taken::kOne;
}

Taken take_named(std::string_view& bytes, std::string_view& text) {
  std::uint64_t size = 0;
  const Taken taken = take_number(bytes, size);
  return taken == Taken::kOne ? take_text(bytes, size, text) : taken;
}

Taken take_bytes(std::string_view& bytes, std::optional<std::string_view>& value) {
  std::uint64_t size = 0;
  Taken taken = take_number(bytes, size);
  value.reset();
  if (taken == Taken::kOne && size > 0) {
    taken = take_text(bytes, size - 1, value.emplace());
  }
  return taken;
}

Taken take_partition(std::string_view& bytes, std::int32_t& partition) {
  std::uint64_t number = 0;
  const Taken taken = take_number(bytes, number);
  if (taken == Taken::kOne && number > std::uint64_t{1} << 31) {
    return Taken::kMalformed;
  }
  partition = static_cast<std::int32_t>(static_cast<std::int64_t>(number) - 1);
  return taken;
}

Taken take_time(std::string_view& bytes, std::int64_t& milliseconds) {
  if (bytes.size() < sizeof(std::uint64_t)) {
    return Taken::kIncomplete;
  }
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof(bits); ++i) {
    bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(sizeof(bits));
  milliseconds = static_cast<std::int64_t>(bits);
  return Taken::kOne;
}

Taken take_headers(std::string_view& bytes, OutputRecord& record) {
  Taken taken = take_number(bytes, record.header_count);
  const std::string_view begin = bytes;
  for (std::uint64_t i = 0; i < record.header_count && taken == Taken::kOne; ++i) {
    OutputHeader header;
    taken = take_named(bytes, header.name);
    if (taken == Taken::kOne) {
      taken = take_bytes(bytes, header.value);
    }
  }
  record.headers = begin.substr(0, begin.size() - bytes.size());
  return taken;
}

}  // namespace

Taken take_record(std::string_view& rows, OutputRecord& record) {
  std::string_view rest = rows;
  Taken taken = take_named(rest, record.topic);
  const auto then = [&](auto take, auto& into) { taken = taken == Taken::kOne ? take(rest, into) : taken; };
  then(take_partition, record.partition);
  then(take_time, record.milliseconds);
  then(take_bytes, record.key);
  then(take_bytes, record.value);
  then(take_headers, record);
  if (taken == Taken::kOne) {
    rows = rest;
  }
  return taken;
}

std::string with_topic(std::string_view topic, std::string_view rows) {
  std::string all;
  if (!rows.empty()) {
    append_number(all, topic.size());
    all += topic;
    all += rows;
  }
  return all;
}

bool take_topic(std::string_view& rows, std::string_view& topic) { return take_named(rows, topic) == Taken::kOne; }

OutputHeader take_header(std::string_view& headers) {
  OutputHeader header;
  static_cast<void>(take_named(headers, header.name));
  static_cast<void>(take_bytes(headers, header.value));
  return header;
}

void append_number(std::string& row, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    row += static_cast<char>(number | 0x80);
  }
  row += static_cast<char>(number);
}

void append_bytes(std::string& row, std::optional<std::string_view> bytes) {
  append_number(row, bytes ? bytes->size() + 1 : 0);
  row += bytes.value_or(std::string_view{});
}

void append_time(std::string& row, std::int64_t milliseconds) {
  auto bits = static_cast<std::uint64_t>(milliseconds);
  for (std::size_t i = 0; i < sizeof(bits); ++i, bits >>= 8) {
    row += static_cast<char>(bits);
  }
}

// 61 bytes of a batch; of a record its length, attributes, time, offset and four more lengths, each a varint.
std::size_t batch_bytes(const OutputRecord& record) {
  constexpr std::size_t kBatchBytes = 61;
  constexpr std::size_t kRecordBytes = 5 + 1 + 10 + 5 + 5 + 5 + 5;
  constexpr std::size_t kHeaderBytes = 5 + 5;
  return kBatchBytes + kRecordBytes + record.key.value_or("").size() + record.value.value_or("").size() +
         record.headers.size() + static_cast<std::size_t>(record.header_count) * kHeaderBytes;
}

std::string shown_bytes(std::optional<std::string_view> bytes) {
  if (!bytes) {
    return "none";
  }
  std::string text = "\"";
  for (const char byte : bytes->substr(0, kMaxShownBytes)) {
    const auto code = static_cast<unsigned char>(byte);
    const bool printable = code >= 0x20 && code < 0x7F;
    text += printable ? std::string(1, byte) : fmt::format("\\x{:02x}", code);
  }
  return text + (bytes->size() > kMaxShownBytes ? "...\"" : "\"");
}

}  // namespace weir::detail::kafka
