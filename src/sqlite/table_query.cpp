#include "sqlite/table_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "database/name.hpp"
#include "io/input_error.hpp"
#include "weir/detail/sqlite/table_row.hpp"
#include "weir/errors.hpp"
#include "weir/key.hpp"

namespace weir::detail::sqlite {
namespace {

using database::Database;
using database::Statement;

constexpr std::int64_t kUnknownSchema = 0;  // a database that has a table is at 1 at least

constexpr const char* kWhatToDo =
    "rows that were never read could be left out; begin anew with another recovery directory, and give the table a key "
    "that is AUTOINCREMENT";

TableValue value_of(const Statement& row, int column) {
  switch (row.type(column)) {
    case Statement::Type::kInteger:
      return {.type = TableValue::Type::kInteger, .integer = row.number(column), .real = 0, .bytes = {}};
    case Statement::Type::kReal:
      return {.type = TableValue::Type::kReal, .integer = 0, .real = row.real(column), .bytes = {}};
    case Statement::Type::kText:
      return {.type = TableValue::Type::kText, .integer = 0, .real = 0, .bytes = row.text(column)};
    case Statement::Type::kBytes:
      return {.type = TableValue::Type::kBytes, .integer = 0, .real = 0, .bytes = row.bytes(column)};
    case Statement::Type::kNull:
      break;
  }
  return {};
}

std::string name_of(const InputTable& table) { return database::without_schema(table.name); }

// The next version of the program may read other columns.
std::uint64_t columns_digest(const InputTable& table) {
  return hash_text(fmt::format("{}", fmt::join(table.columns, "\n")), 0);
}

void append_row(std::string& rows, const InputTable& table, const Statement& row) {
  for (std::size_t column = 0; column <= table.columns.size(); ++column) {
    add_value(rows, value_of(row, static_cast<int>(column)));
  }
}

/// What is read in one transaction is of one moment.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database) : database_{&database} { database.run("BEGIN"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() {
    try {
      database_->run("ROLLBACK");
    } catch (const database::Error&) {  // NOLINT(bugprone-empty-catch): SQLite may have ended it already
    }
  }

 private:
  Database* database_;
};

}  // namespace

std::uint64_t digest_of(std::string_view row) { return hash_text(row, 0); }

std::string place_of(const InputTable& table) { return fmt::format("{}:{}", table.path, table.name); }

std::string select_sql(const InputTable& table) {
  std::vector<std::string> columns{database::quoted(table.by)};
  std::ranges::transform(table.columns, std::back_inserter(columns), database::quoted);
  return fmt::format("SELECT {} FROM {}", fmt::join(columns, ", "), database::quoted(name_of(table)));
}

// LAST ROWS DIGEST SCHEMA COLUMNS BY; earlier versions wrote LAST alone, and the least number for no row.
TablePlace TablePlace::of(const std::string& position, const InputTable& table) {
  TablePlace place;
  std::int64_t last = 0;
  std::uint64_t rows = 0;
  std::uint64_t digest = 0;
  std::uint64_t columns = 0;
  const char* at = position.data();
  const char* const end = at + position.size();
  const auto take = [&](auto& number) {
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || (behind != end && *behind != ' ')) {
      io::refuse_input(fmt::format("the stored position \"{}\" is not one of a table", position));
    }
    at = behind == end ? end : behind + 1;
  };
  if (position.empty()) {
    return place;
  }
  take(last);
  if (at == end) {
    place.last = last == std::numeric_limits<std::int64_t>::min() ? std::nullopt : std::optional{last};
    return place;
  }
  take(rows);
  take(digest);
  take(place.schema);
  take(columns);
  if (const std::string_view by{at, end}; !database::same_name(by, table.by)) {
    io::refuse_input(
        fmt::format("{} was read by the column \"{}\", and is to be read by \"{}\" now; name that column, or "
                    "begin anew with another recovery directory",
                    place_of(table), by, table.by));
  }
  place.last = last;
  place.rows = rows;
  if (columns == columns_digest(table)) {
    place.row_digest = digest;
  }
  return place;
}

std::string TablePlace::position(const InputTable& table) const {
  if (!last) {
    return {};
  }
  if (!rows || !row_digest) {
    return std::to_string(*last);
  }
  return fmt::format("{} {} {} {} {} {}", *last, *rows, *row_digest, schema, columns_digest(table), table.by);
}

TableQuery::TableQuery(const InputTable& table, const TablePlace& place, const OpenContext& context)
    : table_{table},
      database_{table.path, Database::Mode::kReadOnly},
      from_{select_sql(table)},
      place_{place},
      waker_{context.waker},
      io_{&context.io} {
  database_.run("PRAGMA busy_timeout=10000");
  find_column();
  const Statement columns_are_there{database_, from_.c_str()};
}

// A view takes the name of a rowid and has NULL there, or none.
void TableQuery::find_column() {
  const Database::Column column = database_.column(name_of(table_), table_.by);
  const std::string type = database::folded(column.type);
  if (column.auto_increment) {
    numbers_ = Numbers::kOfAutoIncrement;
  } else if (column.found && column.primary_key && type == "integer") {
    numbers_ = is_column() ? Numbers::kOfKey : Numbers::kOfRowid;
  }
  may_be_null_ = !column.not_null && numbers_ != Numbers::kOfRowid && numbers_ != Numbers::kOfAutoIncrement;
  if (!column.found && !is_column() && database_.is_view(name_of(table_))) {
    throw UsageError{
        fmt::format("{} is a view and has no column \"{}\"; name the column that grows by SqliteInput::by; its "
                    "integers must differ, and new rows must have greater ones",
                    place_of(table_), table_.by)};
  }
}

bool TableQuery::is_column() {
  const std::vector<std::string> columns = database_.columns_of(name_of(table_));
  return std::ranges::any_of(columns, [&](const std::string& each) { return database::same_name(each, table_.by); });
}

TablePlace TableQuery::check_resumed() {
  if (!place_.last) {
    return place_;
  }
  const ReadTransaction transaction{database_};
  try {
    Statement rows{database_,
                   fmt::format("{0} WHERE {1} >= ? ORDER BY {1}", from_, database::quoted(table_.by)).c_str()};
    rows.with(*place_.last);
    bool more = rows.next();
    look_at_last(rows, more);
  } catch (const InputError& error) {
    io::refuse_input(error.what());
  }
  if (place_.last && numbers_ != Numbers::kOfRowid && numbers_ != Numbers::kOfAutoIncrement) {
    count_resumed();
  }
  return place_;
}

void TableQuery::count_resumed() {
  Statement count{database_, fmt::format("SELECT count(*) FROM {} WHERE {} <= ?", database::quoted(name_of(table_)),
                                         database::quoted(table_.by))
                                 .c_str()};
  count.with(*place_.last);
  count.next();
  const auto rows = static_cast<std::uint64_t>(count.number(0));
  if (place_.rows && rows > *place_.rows) {
    io::refuse_input(fmt::format(
        "{} has {} rows up to {} {}, and {} were read: rows were added below the one that was read last, and would be "
        "left out; give them greater numbers, or begin anew with another recovery directory",
        place_of(table_), rows, table_.by, *place_.last, *place_.rows));
  }
  place_.rows = rows;  // some may be gone
}

void TableQuery::request() {
  state_.store(State::kAsked, std::memory_order_release);
  // The partition and the job share the query: the job may still run when the partition is gone.
  io_->submit([self = shared_from_this()] { self->read(); });
}

std::optional<TableQuery::Block> TableQuery::take() {
  switch (state_.load(std::memory_order_acquire)) {  // pairs with the store in finish
    case State::kRead:
      state_.store(State::kNothingAsked, std::memory_order_relaxed);
      return std::exchange(block_, {});
    case State::kFailed:
      std::rethrow_exception(failure_);
    case State::kNothingAsked:
    case State::kAsked:
      break;
  }
  return std::nullopt;
}

std::optional<std::int64_t> TableQuery::greatest(std::chrono::steady_clock::time_point now) {
  if (look_at_ <= now) {
    look_at_ = now + kLookAgain;
    io_->submit([self = shared_from_this()] { self->look(); });
  }
  const std::int64_t greatest = greatest_.load(std::memory_order_relaxed);  // pairs with the store in look
  return greatest != kUnknown ? std::optional{greatest} : std::nullopt;
}

// On the I/O thread from here.
void TableQuery::read() {
  try {
    const ReadTransaction transaction{database_};
    block_ = {};
    block_.schema = database_.number("PRAGMA schema_version");
    check_nulls();
    read_rows();
    finish(State::kRead);
  } catch (...) {
    failure_ = std::current_exception();
    finish(State::kFailed);
  }
}

void TableQuery::check_nulls() {
  if (may_be_null_ &&
      database_.number(fmt::format("SELECT EXISTS (SELECT 1 FROM {} WHERE {} IS NULL)",
                                   database::quoted(name_of(table_)), database::quoted(table_.by))) != 0) {
    throw InputError{fmt::format(
        "{}: a row has NULL as {}, and so no place in the order of rows; give it a number, or name another column by "
        "SqliteInput::by",
        place_of(table_), table_.by)};
  }
}

void TableQuery::read_rows() {
  const std::string by = database::quoted(table_.by);
  const std::string sql = place_.last ? fmt::format("{0} WHERE {1} >= ? ORDER BY {1}", from_, by)
                                      : fmt::format("{0} ORDER BY {1}", from_, by);
  Statement rows{database_, sql.c_str()};
  if (place_.last) {
    rows.with(*place_.last);
  }
  bool more = rows.next();
  look_at_last(rows, more);
  for (std::size_t row = 0; more && row < kBlockRows && block_.rows.size() < kBlockBytes; ++row) {
    add(rows);
    more = rows.next();
  }
  if (!block_.rows.empty()) {
    place_.row_digest = digest_of(std::string_view{block_.rows}.substr(last_row_));
    place_.schema = block_.schema;
  }
}

// Goes past the row that was read last.
void TableQuery::look_at_last(Statement& rows, bool& more) {
  if (!place_.last) {
    return;
  }
  if (!more) {
    if (nothing_left()) {
      place_ = {};
      block_.from_the_beginning = true;
    }
  } else if (rows.type(0) == Statement::Type::kInteger && rows.number(0) == *place_.last) {
    check_unchanged(rows);
    more = rows.next();
  }
}

void TableQuery::check_unchanged(const Statement& row) {
  std::string found;
  append_row(found, table_, row);
  if (!place_.row_digest || digest_of(found) == *place_.row_digest) {
    return;
  }
  if (numbers_ == Numbers::kOfAutoIncrement && place_.schema == database_.number("PRAGMA schema_version")) {
    return;  // its values were changed; no other row gets its number while the table is the same
  }
  throw InputError{
      fmt::format("{}: the row with {} {}, which was read last, is not what it was: it was changed, or its number is "
                  "another row's now, as after VACUUM; {}",
                  place_of(table_), table_.by, *place_.last, kWhatToDo)};
}

// The row that was read last is gone, and none has come after it. True: all rows are gone.
bool TableQuery::nothing_left() {
  Statement below{database_, fmt::format("SELECT 1 FROM {} WHERE {} < ? LIMIT 1", database::quoted(name_of(table_)),
                                         database::quoted(table_.by))
                                 .c_str()};
  below.with(*place_.last);
  if (!below.next()) {
    return true;
  }
  if (may_number_again()) {
    throw InputError{fmt::format(
        "{}: the row with {} {}, which was read last, is gone, and a new row may have a number below it; {}",
        place_of(table_), table_.by, *place_.last, kWhatToDo)};
  }
  return false;
}

bool TableQuery::may_number_again() {
  if (numbers_ != Numbers::kOfAutoIncrement) {
    return true;
  }
  Statement sequence{database_, "SELECT seq FROM sqlite_sequence WHERE name = ? COLLATE NOCASE"};
  const std::string name = name_of(table_);
  sequence.with(std::string_view{name});
  return !sequence.next() || sequence.number(0) < *place_.last;
}

void TableQuery::add(const Statement& row) {
  const TableValue by = value_of(row, 0);
  if (by.type != TableValue::Type::kInteger) {
    fail_type(table_.by, by, "the integers of a column that grows");
  }
  if (place_.last && by.integer == *place_.last) {
    throw InputError{fmt::format("{}: two rows have {} {}; the column that grows needs differing integers",
                                 place_of(table_), table_.by, *place_.last)};
  }
  place_.last = by.integer;
  last_row_ = block_.rows.size();
  append_row(block_.rows, table_, row);
}

// Only for who watches the run: what is wrong with the table shows when it is read.
void TableQuery::look() noexcept {
  try {
    Statement newest{
        database_,
        fmt::format("SELECT max({}) FROM {}", database::quoted(table_.by), database::quoted(name_of(table_))).c_str()};
    newest.next();
    if (newest.type(0) == Statement::Type::kInteger) {
      greatest_.store(newest.number(0), std::memory_order_relaxed);
    } else if (newest.type(0) == Statement::Type::kNull) {
      greatest_.store(kNoRow, std::memory_order_relaxed);
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

void TableQuery::finish(State state) {
  state_.store(state, std::memory_order_release);
  waker_.wake();
}

}  // namespace weir::detail::sqlite
