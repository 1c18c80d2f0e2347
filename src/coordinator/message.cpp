#include "coordinator/message.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "coordinator/exit_code.hpp"

namespace weir::detail::coordinator {

void write_message(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), stderr); }

int show(std::string_view program, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return kDoneExit;
  }
  if (errno == EPIPE) {
    return kDoneExit;  // its reader has closed it
  }
  say("{}: standard output cannot be written: {}\n", program, std::generic_category().message(errno));
  return kFailedExit;
}

}  // namespace weir::detail::coordinator
