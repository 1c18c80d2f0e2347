#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace weir::detail::os {

/// Starts a thread.
/// @param name  of the thread, for the message
/// @throws std::system_error  if the system has none left
template <typename Function>
std::jthread start_thread(const char* name, Function function) {
  try {
    return std::jthread{std::move(function)};
  } catch (const std::system_error& error) {
    throw std::system_error{error.code(),
                            fmt::format("{} cannot be started; take fewer workers, or raise the limits on threads "
                                        "(ulimit -u) and memory (ulimit -v)",
                                        name)};
  }
}

}  // namespace weir::detail::os
