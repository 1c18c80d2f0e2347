#pragma once

#include <optional>
#include <string>

namespace weir::detail::os {

/// A variable of the environment; nothing if it is not set.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

}  // namespace weir::detail::os
