#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace weir::detail::database {

/// What went wrong: names the file and what was done.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, int code) : std::runtime_error{message}, code_{code} {}

  /// SQLite's extended result code.
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

/// Throws what a user of a database calls its errors.
using ThrowAs = void (*)(const Error&);

/// One connection to a database of SQLite. One thread at a time uses it.
class Database {
 public:
  enum class Mode : std::uint8_t { kReadOnly, kReadWrite, kReadWriteCreate };

  /// Opens the file.
  /// @param throw_as  if given, throws in place of every `Error` that the database and what is made of it would throw
  Database(const std::filesystem::path& file, Mode mode, ThrowAs throw_as = nullptr);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void run(const std::string& sql);

  /// How many rows the last statement added, changed or removed.
  [[nodiscard]] std::int64_t changed_rows() const;

  /// The one number that a statement gives.
  [[nodiscard]] std::int64_t number(const std::string& sql);

  /// The one text that a statement gives.
  [[nodiscard]] std::string text(const std::string& sql);

  /// The tables and views that a statement reads, those that views are made of too.
  [[nodiscard]] std::vector<std::string> tables_read_by(const std::string& sql);

  /// What is declared of a column.
  struct Column {
    bool found = false;  ///< no view has one
    std::string type;
    bool not_null = false;
    bool primary_key = false;
    bool auto_increment = false;
  };

  /// Of a table's column, or its rowid.
  [[nodiscard]] Column column(const std::string& table, const std::string& name);

  /// Of a table or view, by name, as they were declared.
  [[nodiscard]] std::vector<std::string> columns_of(const std::string& table);

  /// The name of a table or view as it was declared; empty if there is none. Letters of ASCII have no case.
  [[nodiscard]] std::string declared_name(const std::string& table);

  [[nodiscard]] bool is_view(const std::string& name);

  /// Pages in the write-ahead log.
  [[nodiscard]] int log_pages() const noexcept { return log_pages_; }

  /// Brings them all to their places in the file: there is no other connection that could be in the way.
  void checkpoint();

  [[noreturn]] void fail(const std::string& doing) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  friend class Statement;
  friend class Transaction;

  std::string path_;
  ThrowAs throw_as_;
  sqlite3* handle_ = nullptr;
  int log_pages_ = 0;
};

/// A name as it stands in SQL.
[[nodiscard]] std::string quoted(const std::string& name);

/// A statement that is run again and again.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Bind its parameters, in order. Text and bytes must stay until the statement is done.
  Statement& with(std::int64_t number);
  Statement& with(double number);
  Statement& with(std::string_view text);
  Statement& with_bytes(std::string_view bytes);
  Statement& with_null();

  /// Moves to the next row. False after the last one; the statement can then run again.
  bool next();

  /// Runs it to its end.
  void run();

  enum class Type : std::uint8_t { kInteger, kReal, kText, kBytes, kNull };

  // Columns of the row, from 0. Texts and bytes stay until `next`.
  [[nodiscard]] Type type(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  void check(int code);
  void reset();

  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
  int parameters_ = 0;
};

/// What is done as a whole or not at all.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit();

 private:
  Database* database_;
  bool open_ = true;
};

}  // namespace weir::detail::database
