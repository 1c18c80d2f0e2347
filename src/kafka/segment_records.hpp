#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kafka/output_record.hpp"
#include "os/file.hpp"
#include "output/segment.hpp"

namespace weir::detail::kafka {

/// Hands out the records of a segment in order. A record lives until the call returns.
/// @param between  called after each part of the segment that is read at once
/// @throws RecoveryError  if it is damaged
template <typename Take, typename Between>
void read_records(const os::File& segment, Take take, Between between) {
  std::string bytes;
  std::uint64_t at = 0;
  while (true) {
    const std::string more = segment.read(at, output::kSegmentReadBytes);
    at += more.size();
    bytes += more;
    std::string_view rows = bytes;
    OutputRecord record;
    Taken taken = take_record(rows, record);
    for (; taken == Taken::kOne; taken = take_record(rows, record)) {
      take(record);
    }
    if (taken == Taken::kMalformed || (more.empty() && !rows.empty())) {
      output::refuse_output(segment.path().string(), "is damaged");
    }
    if (more.empty()) {
      return;
    }
    bytes.erase(0, bytes.size() - rows.size());
    between();
  }
}

}  // namespace weir::detail::kafka
