#pragma once

#include <cstdint>

namespace weir {

/// When the table of a `lookup` is read.
enum class TableRead : std::uint8_t {
  /// Before the stream, if all inputs of the table are certain to end: files, tables, ranges.
  kFirstIfBounded,
  /// Before the stream, in any case. If an input of the table does not end, the stream never begins.
  kFirst,
  /// Together with the stream: an item that comes before its row finds none.
  kAtOnce,
};

}  // namespace weir
