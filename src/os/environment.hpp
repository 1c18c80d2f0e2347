#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::detail::os {

/// A variable of the environment; nothing if it is not set.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

/// The variables whose names begin so.
[[nodiscard]] std::map<std::string, std::string> environment_variables(std::string_view prefix);

}  // namespace weir::detail::os
