#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::detail::coordinator {

/// A line of a file of settings.
struct Setting {
  std::string name;
  std::vector<std::string> values;
  bool list = false;     ///< written in brackets
  std::size_t line = 0;  ///< of its name, from 1
};

/// Reads settings, `NAME = VALUE` on a line each, in a part of TOML: texts in quotes, which end on their line, lists of
/// these in brackets, and comments after `#`. A value that begins with no quote or bracket is all that stands before
/// the end of the line, or before the white space of a comment, as in INI files.
/// @throws UsageError  for anything else, and for a name that is there twice; names the line
[[nodiscard]] std::vector<Setting> read_settings(std::string_view text);

}  // namespace weir::detail::coordinator
