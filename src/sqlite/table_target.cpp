#include "sqlite/table_target.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include "database/name.hpp"
#include "os/file.hpp"
#include "os/place.hpp"
#include "weir/detail/sqlite/table_row.hpp"
#include "weir/errors.hpp"

namespace weir::detail::sqlite {
namespace {

using database::Database;
using database::quoted;
using database::Statement;
using database::Transaction;

void throw_output_error(const database::Error& error) {
  const char* const advice = (error.code() & 0xFF) == SQLITE_BUSY
                                 ? "; another program held it for 10 s: have it end its transactions sooner"
                                 : "";
  throw std::runtime_error{fmt::format("{}{}", error.what(), advice)};
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  std::ranges::transform(names, std::back_inserter(parts), [](const std::string& name) { return quoted(name); });
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A name that a file can have too, and that is neither SQLite's nor ours.
void check_name(const OutputTable& table) {
  const std::string name = database::folded(database::without_schema(table.name));
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos ||
      name.starts_with("sqlite_") || name.starts_with("weir_")) {
    throw UsageError{
        fmt::format("\"{}\" cannot be a table's name; take one without slashes that begins neither with "
                    "sqlite_ nor with weir_",
                    table.name)};
  }
}

bool has_column(const std::vector<std::string>& columns, const std::string& column) {
  return std::ranges::any_of(columns, [&](const std::string& each) { return database::same_name(each, column); });
}

void check_key(const OutputTable& table) {
  for (const std::string& column : table.key) {
    if (!has_column(table.columns, column)) {
      throw UsageError{
          fmt::format("the key's column \"{}\" is none of the table's: {}", column, listed(table.columns))};
    }
  }
}

std::string create_sql(const OutputTable& table) {
  std::vector<std::string> columns;
  std::ranges::transform(table.columns, table.types, std::back_inserter(columns),
                         [](const std::string& name, const std::string& type) { return quoted(name) + ' ' + type; });
  const std::string key = table.key.empty() ? "" : fmt::format(", PRIMARY KEY ({})", listed(table.key));
  return fmt::format("CREATE TABLE {} ({}{})", quoted(database::without_schema(table.name)), fmt::join(columns, ", "),
                     key);
}

std::string insert_sql(const OutputTable& table) {
  const std::vector<std::string> values(table.columns.size(), "?");
  std::string sql = fmt::format("INSERT INTO {} ({}) VALUES ({})", quoted(database::without_schema(table.name)),
                                listed(table.columns), fmt::join(values, ", "));
  if (table.key.empty()) {
    return sql;
  }
  std::vector<std::string> changes;
  for (const std::string& column : table.columns) {
    if (!has_column(table.key, column)) {
      changes.push_back(fmt::format("{0} = excluded.{0}", quoted(column)));
    }
  }
  sql += fmt::format(" ON CONFLICT ({}) DO ", listed(table.key));
  return changes.empty() ? sql + "NOTHING" : sql + fmt::format("UPDATE SET {}", fmt::join(changes, ", "));
}

void bind(Statement& statement, const TableValue& value) {
  switch (value.type) {
    case TableValue::Type::kNull:
      statement.with_null();
      break;
    case TableValue::Type::kInteger:
      statement.with(value.integer);
      break;
    case TableValue::Type::kReal:
      statement.with(value.real);
      break;
    case TableValue::Type::kText:
      statement.with(value.bytes);
      break;
    case TableValue::Type::kBytes:
      statement.with_bytes(value.bytes);
      break;
  }
}

// Takes the values of the row at the front off; false if it is not there as a whole.
bool take_row(std::string_view& rows, std::vector<TableValue>& values) {
  std::string_view rest = rows;
  for (TableValue& value : values) {
    const std::optional<TableValue> taken = take_value(rest);
    if (!taken) {
      return false;
    }
    value = *taken;
  }
  rows = rest;
  return true;
}

// What is in such a database is gone when it is closed.
const std::string& checked_path(const OutputTable& table) {
  if (table.path.empty() || table.path == ":memory:") {
    throw UsageError{fmt::format("\"{}\" is a database that is not kept; name a file", table.path)};
  }
  check_name(table);
  check_key(table);
  return table.path;
}

std::filesystem::path lock_path_of(const OutputTable& table) {
  return pending_path_of(os::without_links(table.path), database::folded(database::without_schema(table.name))) +=
         "-lock";
}

}  // namespace

TableInserter::TableInserter(const OutputTable& table)
    : database_{checked_path(table), Database::Mode::kReadWriteCreate, &throw_output_error},
      lock_{lock_path_of(table), fmt::format("table \"{}\" of \"{}\"", table.name, table.path)},
      table_{database::without_schema(table.name)},
      columns_{table.columns.size()},
      insert_sql_{insert_sql(table)} {
  database_.run("PRAGMA busy_timeout=10000");
  // With FULL the journal can reappear after a loss of power, and roll a transaction back.
  database_.run("PRAGMA synchronous=EXTRA");
  Transaction transaction{database_};
  find_or_make(table);
  const Statement insert{database_, insert_sql_.c_str()};  // fails where columns are missing
  transaction.commit();
}

void TableInserter::find_or_make(const OutputTable& table) {
  // NOCASE is how SQLite compares names: letters of ASCII alone have a case.
  Statement find{database_,
                 "SELECT name, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', "
                 "'view')"};
  find.with(std::string_view{table_});
  const std::string make = create_sql(table);
  if (!find.next()) {
    database_.run(make);
    made_ = true;
    return;
  }
  Statement more{database_,
                 "SELECT 1 FROM sqlite_master WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') AND "
                 "sql NOTNULL"};
  more.with(std::string_view{table_});
  may_refuse_ = find.text(1) != make || more.next();
  table_ = find.text(0);
}

void TableInserter::insert(std::string_view& rows) {
  Statement insert{database_, insert_sql_.c_str()};
  std::vector<TableValue> values(columns_);
  while (take_row(rows, values)) {
    for (const TableValue& value : values) {
      bind(insert, value);
    }
    insert.run();
  }
}

TableTarget::TableTarget(const OutputTable& table, std::uint64_t execution, std::uint64_t committed_bytes)
    : execution_{execution}, inserter_{table} {
  take_over(committed_bytes);
}

// From here on an older run that is still there cannot add to the table.
void TableTarget::take_over(std::uint64_t committed_bytes) {
  Transaction transaction{inserter_.database()};
  inserter_.database().run(
      "CREATE TABLE IF NOT EXISTS weir_epochs (output TEXT PRIMARY KEY, execution INTEGER NOT NULL, bytes INTEGER NOT "
      "NULL)");
  if (committed_bytes > 0) {
    Statement find{inserter_.database(), "SELECT bytes FROM weir_epochs WHERE output = ? COLLATE NOCASE"};
    find.with(std::string_view{table()});
    bytes_ = find.next() ? static_cast<std::uint64_t>(find.number(0)) : 0;
  }
  if (inserter_.made() && bytes_ > 0) {
    // So that the next run is refused too.
    inserter_.database().run(fmt::format("DROP TABLE {}", quoted(table())));
    transaction.commit();
    output::refuse_output(inserter_.database().path(),
                          fmt::format("has no table \"{}\" any more, in which rows were committed", table()));
  }
  Statement remove{inserter_.database(), "DELETE FROM weir_epochs WHERE output = ? COLLATE NOCASE"};
  remove.with(std::string_view{table()}).run();
  Statement insert{inserter_.database(), "INSERT INTO weir_epochs VALUES (?, ?, ?)"};
  insert.with(std::string_view{table()})
      .with(static_cast<std::int64_t>(execution_))
      .with(static_cast<std::int64_t>(bytes_))
      .run();
  transaction.commit();
}

void TableTarget::check(const std::vector<const os::File*>& waiting) {
  if (!inserter_.may_refuse()) {
    return;
  }
  const Transaction rolled_back{inserter_.database()};
  for (const os::File* const segment : waiting) {
    insert(*segment);
  }
}

void TableTarget::add(const output::Segment& segment, const os::File& bytes) {
  if (bytes_ == segment.end()) {
    return;
  }
  Transaction transaction{inserter_.database()};
  insert(bytes);
  Statement update{inserter_.database(),
                   "UPDATE weir_epochs SET bytes = ? WHERE output = ? AND execution = ? AND bytes = ?"};
  update.with(static_cast<std::int64_t>(segment.end()))
      .with(std::string_view{table()})
      .with(static_cast<std::int64_t>(execution_))
      .with(static_cast<std::int64_t>(segment.offset))
      .run();
  if (inserter_.database().changed_rows() != 1) {
    output::refuse_output(
        inserter_.database().path(),
        fmt::format("table \"{}\" is written by another run, or its row in weir_epochs was changed", table()));
  }
  transaction.commit();
  bytes_ = segment.end();
}

void TableTarget::insert(const os::File& segment) {
  std::string bytes;
  std::uint64_t at = 0;
  while (true) {
    const std::string more = segment.read(at, output::kSegmentReadBytes);
    if (more.empty()) {
      return;
    }
    at += more.size();
    bytes += more;
    std::string_view rows = bytes;
    inserter_.insert(rows);
    bytes.erase(0, bytes.size() - rows.size());
  }
}

std::filesystem::path pending_path_of(const std::filesystem::path& database, const std::string& table) {
  return os::directory_of(database) / fmt::format(".{}.{}.weir-rows", database.filename().string(), table);
}

}  // namespace weir::detail::sqlite
