#include "os/unblocked_message.hpp"

#include <poll.h>
#include <unistd.h>

namespace weir::detail::os {

void write_unless_blocked(std::string_view text) noexcept {
  pollfd error{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&error, 1, 0) == 1 && (error.revents & POLLOUT) != 0 &&
      ::write(STDERR_FILENO, text.data(), text.size()) < 0) {
    return;  // there is no other place for the message
  }
}

}  // namespace weir::detail::os
