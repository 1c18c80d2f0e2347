#include "database/name.hpp"

#include <algorithm>
#include <iterator>

namespace weir::detail::database {

std::string folded(std::string_view name) {
  std::string folded;
  std::ranges::transform(name, std::back_inserter(folded),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return folded;
}

bool same_name(std::string_view one, std::string_view other) { return folded(one) == folded(other); }

std::string without_schema(const std::string& table) {
  constexpr std::string_view kMain = "main.";
  return folded(table).starts_with(kMain) ? table.substr(kMain.size()) : table;
}

}  // namespace weir::detail::database
