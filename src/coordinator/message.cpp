#include "coordinator/message.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "coordinator/exit_code.hpp"
#include "coordinator/json_line.hpp"
#include "os/clock_system.hpp"
#include "os/steady_clock.hpp"

namespace weir::detail::coordinator {
namespace {

std::chrono::system_clock::time_point system_now() {
  const std::chrono::nanoseconds since_epoch = os::steady_now().time_since_epoch() + os::system_offset();
  return std::chrono::system_clock::time_point{
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch)};
}

}  // namespace

void Messages::fail(std::string_view why) const {
  if (format_ == LogFormat::kJson) {
    write("error", why);
  } else {
    write("error", fmt::format("{}: {}", program_, why));
  }
}

void Messages::write(std::string_view level, std::string_view message) const {
  const std::string line = format_ == LogFormat::kJson
                               ? json_line(system_now(), level, dataflow_.empty() ? program_ : dataflow_, message)
                               : std::string{message} + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int show(const Messages& messages, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return kDoneExit;
  }
  if (errno == EPIPE) {
    return kDoneExit;  // its reader has closed it
  }
  messages.fail("standard output cannot be written: " + std::generic_category().message(errno));
  return kFailedExit;
}

}  // namespace weir::detail::coordinator
