#include "database/database.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

namespace weir::detail::database {
namespace {

int flags_of(Database::Mode mode) {
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case Database::Mode::kReadOnly:
      return kAlways | SQLITE_OPEN_READONLY;
    case Database::Mode::kReadWrite:
      return kAlways | SQLITE_OPEN_READWRITE;
    case Database::Mode::kReadWriteCreate:
      return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return kAlways;
}

}  // namespace

Database::Database(const std::filesystem::path& file, Mode mode, ThrowAs throw_as)
    : path_{file.string()}, throw_as_{throw_as} {
  if (sqlite3_open_v2(path_.c_str(), &handle_, flags_of(mode), nullptr) != SQLITE_OK) {
    try {
      fail("opening");
    } catch (...) {
      sqlite3_close(handle_);
      throw;
    }
  }
  // Without this a name that is no column is taken for a text.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  const auto note_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_, note_pages, &log_pages_);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::run(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(sql);
  }
}

std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_); }

std::int64_t Database::number(const std::string& sql) {
  Statement statement{*this, sql.c_str()};
  return statement.next() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement{*this, sql.c_str()};
  return statement.next() ? std::string{statement.text(0)} : std::string{};
}

std::vector<std::string> Database::tables_read_by(const std::string& sql) {
  std::vector<std::string> tables;
  const auto note = [](void* noted_tables, int action, const char* table, const char*, const char*, const char*) {
    auto* const noted = static_cast<std::vector<std::string>*>(noted_tables);
    if (action == SQLITE_READ && std::ranges::find(*noted, table) == noted->end()) {
      noted->emplace_back(table);
    }
    return SQLITE_OK;
  };
  sqlite3_set_authorizer(handle_, note, &tables);
  try {
    const Statement prepared{*this, sql.c_str()};
  } catch (...) {
    sqlite3_set_authorizer(handle_, nullptr, nullptr);
    throw;
  }
  sqlite3_set_authorizer(handle_, nullptr, nullptr);
  return tables;
}

Database::Column Database::column(const std::string& table, const std::string& name) {
  const char* type = nullptr;
  int not_null = 0;
  int primary_key = 0;
  int auto_increment = 0;
  if (sqlite3_table_column_metadata(handle_, "main", table.c_str(), name.c_str(), &type, nullptr, &not_null,
                                    &primary_key, &auto_increment) != SQLITE_OK) {
    return {};
  }
  return {.found = true,
          .type = type != nullptr ? type : "",
          .not_null = not_null != 0,
          .primary_key = primary_key != 0,
          .auto_increment = auto_increment != 0};
}

std::vector<std::string> Database::columns_of(const std::string& table) {
  Statement select{*this, "SELECT name FROM pragma_table_info(?, 'main')"};
  select.with(std::string_view{table});
  std::vector<std::string> columns;
  while (select.next()) {
    columns.emplace_back(select.text(0));
  }
  return columns;
}

std::string Database::declared_name(const std::string& table) {
  Statement select{*this, "SELECT name FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')"};
  select.with(std::string_view{table});
  return select.next() ? std::string{select.text(0)} : std::string{};
}

bool Database::is_view(const std::string& name) {
  Statement select{*this, "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type = 'view'"};
  select.with(std::string_view{name});
  return select.next();
}

void Database::checkpoint() {
  run("PRAGMA wal_checkpoint(PASSIVE)");
  log_pages_ = 0;
}

void Database::fail(const std::string& doing) const {
  const int code = handle_ != nullptr ? sqlite3_extended_errcode(handle_) : SQLITE_NOMEM;
  const char* const found = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
  const Error error{fmt::format("\"{}\": {} ({}, code {})", path_, found, doing.substr(0, doing.find('\n')), code),
                    code};
  if (throw_as_ != nullptr) {
    throw_as_(error);
  }
  throw Error{error};
}

std::string quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  }
  return quoted + '"';
}

Statement::Statement(Database& database, const char* sql) : database_{&database} {
  check(sqlite3_prepare_v3(database.handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code) {
  if (code != SQLITE_OK) {
    database_->fail(handle_ != nullptr ? sqlite3_sql(handle_) : "preparing a statement");
  }
}

Statement& Statement::with(std::int64_t number) {
  check(sqlite3_bind_int64(handle_, ++parameters_, number));
  return *this;
}

Statement& Statement::with(double number) {
  check(sqlite3_bind_double(handle_, ++parameters_, number));
  return *this;
}

Statement& Statement::with(std::string_view text) {
  check(sqlite3_bind_text64(handle_, ++parameters_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::with_bytes(std::string_view bytes) {
  const char* const data = bytes.data() != nullptr ? bytes.data() : "";  // a null pointer would be a null value
  check(sqlite3_bind_blob64(handle_, ++parameters_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::with_null() {
  check(sqlite3_bind_null(handle_, ++parameters_));
  return *this;
}

bool Statement::next() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code != SQLITE_DONE) {
    check(code);
  }
  reset();
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  parameters_ = 0;
}

Statement::Type Statement::type(int column) const {
  switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER:
      return Type::kInteger;
    case SQLITE_FLOAT:
      return Type::kReal;
    case SQLITE_TEXT:
      return Type::kText;
    case SQLITE_BLOB:
      return Type::kBytes;
    default:
      return Type::kNull;
  }
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text != nullptr ? std::string_view{text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))}
                         : std::string_view{};
}

std::string_view Statement::bytes(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  return bytes != nullptr ? std::string_view{bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))}
                          : std::string_view{};
}

Transaction::Transaction(Database& database) : database_{&database} { database.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (open_) {  // what this says is of no use: SQLite may have rolled back already
    sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  database_->run("COMMIT");
  open_ = false;
}

}  // namespace weir::detail::database
