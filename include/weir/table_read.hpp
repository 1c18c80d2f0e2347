#pragma once

#include <cstdint>

namespace weir {

/// When the table of a `lookup` is read.
enum class TableRead : std::uint8_t {
  /// Before the stream, where all inputs of the table are known to end: files, tables, ranges.
  kFirstIfBounded,
  /// Before the stream, whatever its inputs say of themselves. If one does not end, the stream never begins.
  kFirst,
  /// Together with the stream: an item that comes before a row finds none.
  kAtOnce,
};

}  // namespace weir
