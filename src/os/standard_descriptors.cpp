#include "os/standard_descriptors.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace weir::detail::os {

// A descriptor by O_PATH refuses reads and writes as a closed one does, with EBADF.
void keep_standard_descriptors() {
  for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; ++standard) {
    if (::fcntl(standard, F_GETFD) != -1 || errno != EBADF) {
      continue;
    }
    const int opened = ::open("/", O_PATH | O_CLOEXEC);
    if (opened < 0) {
      throw std::system_error{errno, std::generic_category(), "a closed standard descriptor cannot be kept"};
    }
    if (opened > STDERR_FILENO) {  // another thread was faster
      ::close(opened);
    }
  }
}

}  // namespace weir::detail::os
