#include "os/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::detail::os {

std::optional<std::size_t> terminal_columns() {
  const char* const kind = std::getenv("TERM");
  if (::isatty(STDERR_FILENO) == 0 || kind == nullptr || std::string_view{kind} == "dumb") {
    return std::nullopt;
  }
  constexpr std::size_t kUsual = 80;
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace weir::detail::os
