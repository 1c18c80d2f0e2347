#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace weir::detail::kafka {

/// A record of an output, as views into its row.
///
/// A row is: varint length of the topic (0: the output's), topic, varint partition + 1 (0: by key), 8 bytes of time,
/// varint length of the key + 1 (0: no key), key, the same for the value, varint number of headers, and for each the
/// varint length of its name, the name, and its value as the key. Numbers are little-endian.
struct OutputRecord {
  static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int32_t kByKey = -1;

  std::string_view topic;  ///< empty: the output's
  std::int32_t partition = kByKey;
  std::int64_t milliseconds = kNoTime;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::uint64_t header_count = 0;
  std::string_view headers;  ///< encoded
};

struct OutputHeader {
  std::string_view name;
  std::optional<std::string_view> value;
};

enum class Taken : std::uint8_t { kOne, kIncomplete, kMalformed };

/// Takes the record at the front off. Bytes of any kind do no harm.
/// @return  kIncomplete: the record has more bytes than these. Nothing is taken off then, nor from malformed bytes
[[nodiscard]] Taken take_record(std::string_view& rows, OutputRecord& record);

/// An epoch's rows with the topic of records that name none before them; empty if there are none.
[[nodiscard]] std::string with_topic(std::string_view topic, std::string_view rows);
/// Takes that topic off; false if there is none.
[[nodiscard]] bool take_topic(std::string_view& rows, std::string_view& topic);

/// Takes the first of a taken record's headers off; there is one.
[[nodiscard]] OutputHeader take_header(std::string_view& headers);

void append_number(std::string& row, std::uint64_t number);
/// @param bytes  none is another value than an empty one
void append_bytes(std::string& row, std::optional<std::string_view> bytes);
void append_time(std::string& row, std::int64_t milliseconds);

/// How many bytes Kafka counts for a record in a batch of its own, at most.
[[nodiscard]] std::size_t batch_bytes(const OutputRecord& record);

/// A key or value for a message: quoted, cut, printable; "none" if it is absent.
[[nodiscard]] std::string shown_bytes(std::optional<std::string_view> bytes);

}  // namespace weir::detail::kafka
