#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "status/run_status.hpp"

namespace weir::detail::status {

/// Numbers and names as people read them, in ASCII except for names.

/// `812`, `1.2 k`, `340 k`, `12.5 M`.
[[nodiscard]] std::string count_text(double count);

/// `812 B`, `1.2 kB`, `148 MB`.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// `0 s`, `41 ms`, `4.2 s`, `42 s`, `2 min 10 s`, `3 h 5 min`, `2 d 4 h`.
[[nodiscard]] std::string time_text(nanoseconds time);

/// `92 %`, of a part from 0 to 1.
[[nodiscard]] std::string percent_text(double part);

/// In quotes, for a terminal: a name of any bytes moves no cursor there.
[[nodiscard]] std::string in_quotes(std::string_view name);

}  // namespace weir::detail::status
