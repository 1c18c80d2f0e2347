#include "os/environment.hpp"

#include <cstddef>
#include <cstdlib>

#include <unistd.h>

namespace weir::detail::os {

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets one
  return value != nullptr ? std::optional<std::string>{value} : std::nullopt;
}

std::map<std::string, std::string> environment_variables(std::string_view prefix) {
  std::map<std::string, std::string> found;
  for (char* const* at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view variable{*at};
    const std::size_t equals = variable.find('=');
    if (variable.starts_with(prefix) && equals != std::string_view::npos) {
      found.emplace(variable.substr(0, equals), variable.substr(equals + 1));
    }
  }
  return found;
}

}  // namespace weir::detail::os
