#include "os/close_on_exec.hpp"

#include <fcntl.h>

namespace weir::detail::os {

void close_on_exec(int descriptor) noexcept { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

}  // namespace weir::detail::os
