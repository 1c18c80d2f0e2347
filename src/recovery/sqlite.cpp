#include "recovery/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "weir/errors.hpp"

namespace weir::recovery {
namespace {

using Kind = RecoveryError::Kind;

struct Reason {
  Kind kind;
  const char* advice;
};

Reason reason_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Kind::kInUse, "stop the process that uses it"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:  // a table that is not what it was
      return {Kind::kRefused, "it is damaged or of another program; put back a copy, or name another directory"};
    default:
      return {Kind::kUnwritable, "look after the disk and start again; what was committed stands"};
  }
}

}  // namespace

Database::Database(const std::filesystem::path& file) : path_{file.string()} {
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path_.c_str(), &handle_, kFlags, nullptr) != SQLITE_OK) {
    try {
      fail("opening");
    } catch (...) {
      sqlite3_close(handle_);
      throw;
    }
  }
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

std::int64_t Database::number(const std::string& sql) {
  Statement statement{*this, sql.c_str()};
  return statement.next() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement{*this, sql.c_str()};
  return statement.next() ? std::string{statement.text(0)} : std::string{};
}

void Database::checkpoint() {
  run("PRAGMA wal_checkpoint(PASSIVE)");
  log_pages_ = 0;
}

void Database::fail(const std::string& doing) const {
  const int code = handle_ != nullptr ? sqlite3_extended_errcode(handle_) : SQLITE_NOMEM;
  const char* const found = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
  const Reason reason = reason_of(code);
  throw RecoveryError{reason.kind, fmt::format("recovery: \"{}\": {} ({}, code {}); {}", path_, found,
                                               doing.substr(0, doing.find('\n')), code, reason.advice)};
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

Statement& Statement::with(std::string_view text) {
  check(sqlite3_bind_text64(handle_, ++parameters_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::with_bytes(std::string_view bytes) {
  const char* const data = bytes.data() != nullptr ? bytes.data() : "";  // a null pointer would be a null value
  check(sqlite3_bind_blob64(handle_, ++parameters_, data, bytes.size(), SQLITE_STATIC));
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

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(handle_, column); }

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

}  // namespace weir::recovery
