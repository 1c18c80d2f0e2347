#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/containers/is_optional.hpp"

namespace weir::detail::sqlite {

/// One value of a row, as a view.
struct TableValue {
  enum class Type : std::uint8_t { kNull, kInteger, kReal, kText, kBytes };

  Type type = Type::kNull;
  std::int64_t integer = 0;  ///< kInteger
  double real = 0;           ///< kReal
  std::string_view bytes;    ///< kText, kBytes
};

/// Appends a value to a row's encoding.
void add_value(std::string& row, const TableValue& value);

/// Removes and returns the next value; nothing if the row's encoding ends before the value does.
[[nodiscard]] std::optional<TableValue> take_value(std::string_view& row);

/// A value that does not fit its column or field. The message begins with "column".
[[noreturn]] void fail_column(const std::string& column, const std::string& what);

/// Fails for a column of a wrong type; the message has the value found and the type expected.
[[noreturn]] void fail_type(const std::string& column, const TableValue& found, const char* expected);

using Bytes = std::vector<std::byte>;

/// A type that a column of a table can hold.
template <typename F>
concept ColumnValue =
    std::is_arithmetic_v<F> || std::is_enum_v<F> || std::same_as<F, std::string> || std::same_as<F, Bytes>;

/// Such a type, or a `std::optional` of it.
template <typename F>
struct IsColumnField : std::bool_constant<ColumnValue<F>> {};
template <typename F>
struct IsColumnField<std::optional<F>> : std::bool_constant<ColumnValue<F>> {};

/// A column's type in SQL, for a field. Floating-point columns may hold NULL: SQLite stores it for NaN.
template <typename F>
constexpr const char* declared_type() {
  if constexpr (std::floating_point<F> || std::same_as<F, std::optional<float>> ||
                std::same_as<F, std::optional<double>>) {
    return "REAL";
  } else if constexpr (std::same_as<F, std::string>) {
    return "TEXT NOT NULL";
  } else if constexpr (std::same_as<F, std::optional<std::string>>) {
    return "TEXT";
  } else if constexpr (std::same_as<F, Bytes>) {
    return "BLOB NOT NULL";
  } else if constexpr (std::same_as<F, std::optional<Bytes>>) {
    return "BLOB";
  } else {
    return containers::IsOptional<F>::value ? "INTEGER" : "INTEGER NOT NULL";
  }
}

/// @throws std::runtime_error  for a whole number beyond 2^63-1
template <ColumnValue F>
void add_field(std::string& row, const std::string& column, const F& field) {
  TableValue value;
  if constexpr (std::is_enum_v<F>) {
    add_field(row, column, static_cast<std::underlying_type_t<F>>(field));
    return;
  } else if constexpr (std::integral<F>) {
    if (std::cmp_greater(+field, std::numeric_limits<std::int64_t>::max())) {
      fail_column(column, std::to_string(field) + " is larger than a column's integers, which end at 2^63-1");
    }
    value.type = TableValue::Type::kInteger;
    value.integer = static_cast<std::int64_t>(field);
  } else if constexpr (std::floating_point<F>) {
    value.type = TableValue::Type::kReal;
    value.real = static_cast<double>(field);
  } else if constexpr (std::same_as<F, std::string>) {
    value.type = TableValue::Type::kText;
    value.bytes = field;
  } else {
    value.type = TableValue::Type::kBytes;
    value.bytes = {reinterpret_cast<const char*>(field.data()), field.size()};
  }
  add_value(row, value);
}

template <ColumnValue F>
void add_field(std::string& row, const std::string& column, const std::optional<F>& field) {
  if (field) {
    add_field(row, column, *field);
  } else {
    add_value(row, {});
  }
}

/// @throws std::runtime_error  if the field cannot hold the value
template <ColumnValue F>
void take_field(const TableValue& value, const std::string& column, F& field) {
  using Type = TableValue::Type;
  if constexpr (std::is_enum_v<F>) {
    std::underlying_type_t<F> number{};
    take_field(value, column, number);
    field = static_cast<F>(number);
  } else if constexpr (std::same_as<F, bool>) {
    if (value.type != Type::kInteger || (value.integer != 0 && value.integer != 1)) {
      fail_type(column, value, "0 or 1");
    }
    field = value.integer != 0;
  } else if constexpr (std::integral<F>) {
    if (value.type != Type::kInteger) {
      fail_type(column, value, "an integer");
    }
    if (std::cmp_less(value.integer, +std::numeric_limits<F>::min()) ||
        std::cmp_greater(value.integer, +std::numeric_limits<F>::max())) {
      fail_column(column, std::to_string(value.integer) + " does not fit; expected " +
                              std::to_string(std::numeric_limits<F>::min()) + " to " +
                              std::to_string(std::numeric_limits<F>::max()));
    }
    field = static_cast<F>(value.integer);
  } else if constexpr (std::floating_point<F>) {
    if (value.type == Type::kNull) {
      field = std::numeric_limits<F>::quiet_NaN();
    } else if (value.type == Type::kInteger) {
      field = static_cast<F>(value.integer);
    } else if (value.type == Type::kReal) {
      field = static_cast<F>(value.real);
      if (std::isinf(field) && !std::isinf(value.real)) {
        fail_type(column, value, "a number that a float can hold");
      }
    } else {
      fail_type(column, value, "a number");
    }
  } else if constexpr (std::same_as<F, std::string>) {
    if (value.type != Type::kText) {
      fail_type(column, value, "text");
    }
    field = value.bytes;
  } else {
    if (value.type != Type::kBytes) {
      fail_type(column, value, "a blob");
    }
    const auto* const data = reinterpret_cast<const std::byte*>(value.bytes.data());
    field.assign(data, data + value.bytes.size());
  }
}

template <ColumnValue F>
void take_field(const TableValue& value, const std::string& column, std::optional<F>& field) {
  if (value.type == TableValue::Type::kNull) {
    field.reset();
  } else {
    take_field(value, column, field.emplace());
  }
}

}  // namespace weir::detail::sqlite
