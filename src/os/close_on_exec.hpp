#pragma once

namespace weir::detail::os {

/// Keeps a descriptor from programs that this process starts: one that has a server's socket keeps its port taken.
/// Asio opens and accepts sockets without that flag (as of Boost 1.83).
void close_on_exec(int descriptor) noexcept;

}  // namespace weir::detail::os
