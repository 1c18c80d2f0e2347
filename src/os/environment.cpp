#include "os/environment.hpp"

#include <cstdlib>

namespace weir::detail::os {

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets one
  return value != nullptr ? std::optional<std::string>{value} : std::nullopt;
}

}  // namespace weir::detail::os
