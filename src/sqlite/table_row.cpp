#include "weir/detail/sqlite/table_row.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include <fmt/format.h>

namespace weir::detail::sqlite {
namespace {

template <typename Number>
void add_number(std::string& row, Number number) {
  row.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <typename Number>
bool take_number(std::string_view& row, Number& number) {
  if (row.size() < sizeof(number)) {
    return false;
  }
  row.copy(reinterpret_cast<char*>(&number), sizeof(number));
  row.remove_prefix(sizeof(number));
  return true;
}

std::string found_text(const TableValue& value) {
  constexpr std::size_t kMostBytes = 40;
  switch (value.type) {
    case TableValue::Type::kNull:
      return "NULL";
    case TableValue::Type::kInteger:
      return fmt::format("the integer {}", value.integer);
    case TableValue::Type::kReal:
      return fmt::format("the number {}", value.real);
    case TableValue::Type::kText:
      return fmt::format("the text \"{}\"", value.bytes.substr(0, kMostBytes));
    case TableValue::Type::kBytes:
      return fmt::format("a blob of {} bytes", value.bytes.size());
  }
  return {};
}

}  // namespace

// A byte for the type; then eight bytes of a number, or of a size with so many bytes after it.
void add_value(std::string& row, const TableValue& value) {
  row += static_cast<char>(value.type);
  switch (value.type) {
    case TableValue::Type::kNull:
      break;
    case TableValue::Type::kInteger:
      add_number(row, value.integer);
      break;
    case TableValue::Type::kReal:
      add_number(row, value.real);
      break;
    case TableValue::Type::kText:
    case TableValue::Type::kBytes:
      add_number(row, std::uint64_t{value.bytes.size()});
      row += value.bytes;
      break;
  }
}

std::optional<TableValue> take_value(std::string_view& row) {
  std::string_view rest = row;
  if (rest.empty()) {
    return std::nullopt;
  }
  TableValue value;
  value.type = static_cast<TableValue::Type>(rest.front());
  rest.remove_prefix(1);
  bool taken = true;
  switch (value.type) {
    case TableValue::Type::kNull:
      break;
    case TableValue::Type::kInteger:
      taken = take_number(rest, value.integer);
      break;
    case TableValue::Type::kReal:
      taken = take_number(rest, value.real);
      break;
    case TableValue::Type::kText:
    case TableValue::Type::kBytes: {
      std::uint64_t size = 0;
      taken = take_number(rest, size) && size <= rest.size();
      if (taken) {
        value.bytes = rest.substr(0, size);
        rest.remove_prefix(size);
      }
      break;
    }
  }
  if (!taken) {
    return std::nullopt;
  }
  row = rest;
  return value;
}

void fail_column(const std::string& column, const std::string& what) {
  throw std::runtime_error{fmt::format("column \"{}\": {}", column, what)};
}

void fail_type(const std::string& column, const TableValue& found, const char* expected) {
  fail_column(column, fmt::format("{} is there; expected {}", found_text(found), expected));
}

}  // namespace weir::detail::sqlite
