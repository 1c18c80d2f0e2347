#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 has this name
class Option;
}

namespace weir::detail::coordinator {

/// A flag that the environment and a file may give too.
struct FlagSource {
  CLI::Option* option;
  std::string variable;  ///< of the environment
};

/// The variable for a flag: `WEIR_LOG_LEVEL` for the program "weir" and the flag "log-level".
[[nodiscard]] std::string variable_of(std::string_view program, std::string_view flag);

/// Gives the flags that have no value yet those of the environment. An empty variable counts as not set; in that of a
/// flag of several values, each line is one.
/// @throws UsageError  that names the variable, for a value that the flag refuses
void take_from_environment(const std::vector<FlagSource>& flags);

/// Gives the flags that have no value yet those of a file; see `read_settings`.
/// @throws UsageError  that names the file and the line, for a value that a flag refuses, and for a name that is none
/// of
///                     a flag
void take_from_file(const std::vector<FlagSource>& flags, const std::string& path);

}  // namespace weir::detail::coordinator
