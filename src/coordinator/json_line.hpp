#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace weir::detail::coordinator {

/// One line of a log as a JSON object, with its line feed:
/// `{"time":"2026-01-02T03:04:05.123456Z","level":"warn","dataflow":"shop","message":"..."}`.
/// Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_line(std::chrono::system_clock::time_point time, std::string_view level,
                                    std::string_view dataflow, std::string_view message);

}  // namespace weir::detail::coordinator
