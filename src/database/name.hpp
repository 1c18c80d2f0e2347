#pragma once

#include <string>
#include <string_view>

namespace weir::detail::database {

/// A name of a table or column as SQLite compares it: in lower case, where only the letters of ASCII have a case.
[[nodiscard]] std::string folded(std::string_view name);

/// Whether SQLite takes both for one table or column.
[[nodiscard]] bool same_name(std::string_view one, std::string_view other);

/// A table's name without the schema before it: `main.orders` is `orders`.
[[nodiscard]] std::string without_schema(const std::string& table);

}  // namespace weir::detail::database
