#pragma once

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::detail::coordinator {

/// Writes to standard error. Where that cannot be written, nothing happens: what is said of a run does not change how
/// it ends.
void write_message(std::string_view text) noexcept;

/// Says something on standard error, as `fmt::print` would.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_message(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Writes to standard output what a program was asked to show, and answers with its exit code.
[[nodiscard]] int show(std::string_view program, std::string_view text);

}  // namespace weir::detail::coordinator
