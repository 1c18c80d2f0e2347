#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/columns.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/detail/sqlite/table_reader.hpp"
#include "weir/sink.hpp"
#include "weir/source.hpp"

namespace weir {
namespace detail::sqlite {

/// A table to write to.
struct OutputTable {
  std::string path;  ///< of the database
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::string> types;  ///< of the columns, if the table is made
  std::vector<std::string> key;    ///< columns; a row replaces one with equal values there. Empty: rows are added
};

/// @param row  encoded
/// @throws std::runtime_error  if it has no value in a column of the table's key
void check_key_values(const OutputTable& table, std::string_view row);

/// The table, and the file beside its database that holds undecided rows.
[[nodiscard]] std::vector<Resource> output_resources(const OutputTable& table);

/// The writer of encoded rows to a table.
/// @throws UsageError  if it cannot be written
[[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open_table_writer(const OutputTable& table,
                                                                            const OpenContext& context);

/// The writer of rows to a table that holds decided rows only.
/// @throws UsageError     if it cannot be written
/// @throws RecoveryError  if it is not as the last run left it
[[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> open_committed_table(const OutputTable& table,
                                                                                        const OpenContext& context,
                                                                                        const SinkResume& resume);

}  // namespace detail::sqlite

/// Adds each item as a row to a table of an SQLite database.
///
///     orders | op::output("out", weir::SqliteOutput{"shop.sqlite3", "orders", weir::columns<Order>("id", "price")})
///
/// The output creates a missing database or table; existing rows stay. One worker writes, on the run's I/O thread.
///
/// In a run with recovery the table is exactly-once: the rows of an epoch go into it in one transaction once the epoch
/// is decided, together with a row of the table `weir_epochs` that records the epoch. Until then they wait in
/// `.NAME.TABLE.weir-rows-...` beside the database. Other programs may read and write the database meanwhile; the run
/// waits up to 10 s for their transactions, and then fails. Only one run writes to a table: it holds a lock,
/// `.NAME.TABLE.weir-rows-lock` beside the database, and weir refuses a second run. It also refuses a run that reads
/// the table too, or writes it in two steps; see `weir::Resource`. Without recovery rows appear shortly after they are
/// made, and rows may come again when a failed run is started again.
///
/// Names of tables and columns have no case, as in SQLite, and `main.orders` is the table `orders`.
///
/// A row that the table refuses (a constraint) fails the run; with recovery, before its epoch is decided. A
/// table that is told to ignore such rows (`ON CONFLICT IGNORE`, `RAISE(IGNORE)`) ignores them.
template <typename C>
class SqliteOutput {
 public:
  /// The database is made where it is missing, and so is the table; see `columns`.
  SqliteOutput(std::string path, std::string table, C columns)
      : table_{std::move(path), std::move(table), columns.names(), columns.types(), {}}, columns_{std::move(columns)} {}

  /// A row replaces the one with equal values in these columns: the table then holds the newest row of each key. An
  /// existing table needs a unique index on them. A row with a NULL in one of them fails the run: to SQLite a NULL
  /// equals no other value, or becomes a number that SQLite chooses.
  SqliteOutput& key(std::vector<std::string> columns) & {
    table_.key = std::move(columns);
    return *this;
  }
  /// For a chain of calls.
  SqliteOutput&& key(std::vector<std::string> columns) && { return std::move(this->key(std::move(columns))); }

  /// Appends the item's row, in weir's own bytes.
  template <std::same_as<typename C::Value> T>
  void format(const T& item, std::string& row) const {
    columns_.write(item, row);
    if (!table_.key.empty()) {
      detail::sqlite::check_key_values(table_, row);
    }
  }

  /// @throws UsageError  if the table cannot be written
  [[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& context) const {
    return detail::sqlite::open_table_writer(table_, context);
  }

  /// In runs with recovery: rows of an epoch appear together.
  [[nodiscard]] bool transactional() const { return true; }

  /// The table that it writes.
  [[nodiscard]] std::vector<Resource> resources() const { return detail::sqlite::output_resources(table_); }

  /// @throws UsageError     if the table cannot be written
  /// @throws RecoveryError  if it is not as the last run left it
  [[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> resume(const OpenContext& context,
                                                                            const SinkResume& resume) const {
    return detail::sqlite::open_committed_table(table_, context, resume);
  }

 private:
  detail::sqlite::OutputTable table_;
  C columns_;
};

/// The rows of a table of an SQLite database, in the order of a column that grows.
///
///     flow.input("orders", weir::SqliteInput{"shop.sqlite3", "orders", weir::columns<Order>("id", "price")})
///
/// The column is the table's `rowid` unless `by` names another. That one must hold integers, each once, and rows must
/// only be added at the end. An `AUTOINCREMENT` key is best, or a column with an index. A table is one partition. Views
/// can be read too, with `by`.
///
/// The position is the column's value in the last row that was read, and a digest of that row. A resumed run reads the
/// rows after it. weir never skips a row silently:
/// - A NULL, a text or a second row of the same value in the column fails the run.
/// - weir refuses a resumed run if the last row has other values than before. It also refuses it if that row is gone
///   while rows before it exist and none after it: one of them may have been added since. SQLite reuses numbers after
///   the newest rows were deleted, unless the key is `AUTOINCREMENT`, and so do programs that take the greatest number
///   and add 1; `VACUUM` changes the rowids of a table without a key. A table that was emptied is read from its
///   beginning.
/// - Where `by` names a column that is no `AUTOINCREMENT` key, a resumed run counts the rows up to the position. weir
///   refuses it if there are more than were read: some were added below the position.
/// A running run does not see rows that are added below the newest row that it has read.
///
/// Its progress counts rows: those read of this and earlier runs, and those to come, estimated by the greatest number
/// in the column and by how close the numbers are so far. With an index on the column that reads no rows.
///
/// A row whose values do not fit the fields is a bad record, as for `TextFiles`. The run fails with a `UsageError`,
/// before it starts, where database, table or columns are missing.
template <typename C>
class SqliteInput {
 public:
  using Item = typename C::Value;  ///< what a row becomes
  static_assert(std::default_initializable<Item> && std::movable<Item>,
                "SqliteInput: rows are read into values that can be made and moved");

  /// The table or view must exist; see `columns`.
  SqliteInput(std::string path, std::string table, C columns)
      : table_{std::move(path), std::move(table), columns.names(), "rowid", std::nullopt},
        columns_{std::move(columns)} {}

  /// The column that grows.
  SqliteInput& by(std::string column) & {
    table_.by = std::move(column);
    return *this;
  }
  SqliteInput&& by(std::string column) && { return std::move(this->by(std::move(column))); }  ///< for a chain of calls

  /// Does not end with the last row, but checks for new ones at this interval until the run is stopped.
  /// @throws BuildError  if the interval is not positive or longer than 36 years
  SqliteInput& follow(std::chrono::milliseconds interval) & {
    detail::sqlite::check_follow(table_, interval);
    table_.follow = interval;
    return *this;
  }
  /// For a chain of calls.
  SqliteInput&& follow(std::chrono::milliseconds interval) && { return std::move(this->follow(interval)); }

  /// One partition, named after the database and the table.
  [[nodiscard]] std::vector<std::string> partitions() const { return {detail::sqlite::declared_name(table_)}; }

  /// The table that it reads.
  [[nodiscard]] std::vector<Resource> resources() const { return detail::sqlite::input_resources(table_); }

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "row of a table"; }

  /// Opens the table after the row of `position`, by default at the first.
  /// @throws UsageError  if it cannot be read
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& /*name*/,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    return detail::runtime::make_as<SourcePartition<Item>, detail::sqlite::TablePartition<C>>(columns_, table_,
                                                                                              position, context);
  }

 private:
  detail::sqlite::InputTable table_;
  C columns_;
};

}  // namespace weir
