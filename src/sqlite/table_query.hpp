#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "database/database.hpp"
#include "weir/detail/sqlite/table_reader.hpp"
#include "weir/io.hpp"

namespace weir::detail::sqlite {

/// Which row of a table was read last, and how it is recognized.
struct TablePlace {
  std::optional<std::int64_t> last;         ///< the growing column of the row; nothing: no row was read
  std::optional<std::uint64_t> rows;        ///< how many were read up to it; nothing: unknown
  std::optional<std::uint64_t> row_digest;  ///< of the row; nothing: unknown
  std::int64_t schema = 0;                  ///< the version of the database's schema when it was read

  /// From a position, as `position` makes it.
  /// @throws RecoveryError  if it is of another source, or of another column
  static TablePlace of(const std::string& position, const InputTable& table);

  [[nodiscard]] std::string position(const InputTable& table) const;
};

/// Of a row, as it is encoded.
[[nodiscard]] std::uint64_t digest_of(std::string_view row);

/// The statement that reads the growing column and then the others, of all rows in no order.
[[nodiscard]] std::string select_sql(const InputTable& table);

[[nodiscard]] std::string place_of(const InputTable& table);

/// Reads the rows of a table in blocks on the I/O thread, one block ahead of the worker that uses it. A block is a
/// transaction of its own, so that none stays open.
///
/// A block begins with the row that was read last: new rows may have its number, and SQLite may have given the number
/// to another row. Anything that would leave a row out is an error.
class TableQuery : public std::enable_shared_from_this<TableQuery> {
 public:
  struct Block {
    std::string rows;
    std::int64_t schema = 0;
    bool from_the_beginning = false;  ///< all rows were gone: every row is new, whatever its number
  };

  /// @throws sqlite::Error  if the table cannot be read
  /// @throws UsageError     if it has no such column
  TableQuery(const InputTable& table, const TablePlace& place, const OpenContext& context);

  /// Looks whether the table is the one that was read. On the thread that starts the run.
  /// @return  the place that it resumes from
  /// @throws RecoveryError
  TablePlace check_resumed();

  // From the worker.
  void request();
  [[nodiscard]] bool asked() const noexcept { return state_.load(std::memory_order_relaxed) != State::kNothingAsked; }

  /// Takes the rows that were read, none if there were no more; nothing if they are not there yet.
  std::optional<Block> take();

  /// What `greatest` says of a table without rows.
  static constexpr std::int64_t kNoRow = std::numeric_limits<std::int64_t>::min() + 1;

  /// The greatest number in the growing column as it was seen last; nothing if it is not known. Has the I/O thread look
  /// again if that is long ago.
  [[nodiscard]] std::optional<std::int64_t> greatest(std::chrono::steady_clock::time_point now);

 private:
  enum class State : std::uint8_t { kNothingAsked, kAsked, kRead, kFailed };

  /// Who makes the numbers of the growing column.
  enum class Numbers : std::uint8_t {
    kOfUser,
    kOfRowid,          ///< SQLite; VACUUM may change them
    kOfKey,            ///< SQLite, or the user
    kOfAutoIncrement,  ///< SQLite, each once
  };

  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
  static constexpr std::size_t kBlockRows = 4096;
  static constexpr std::chrono::seconds kLookAgain{3};  // without an index on the column a look reads all rows
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();

  void find_column();
  [[nodiscard]] bool is_column();
  void count_resumed();

  // On the I/O thread.
  void read();
  void read_rows();
  void check_nulls();
  void look_at_last(database::Statement& rows, bool& more);
  void check_unchanged(const database::Statement& row);
  [[nodiscard]] bool nothing_left();
  [[nodiscard]] bool may_number_again();
  void add(const database::Statement& row);
  void look() noexcept;
  void finish(State state);

  InputTable table_;
  database::Database database_;
  std::string from_;  // SELECT ... FROM
  Numbers numbers_ = Numbers::kOfUser;
  bool may_be_null_ = true;
  TablePlace place_;
  std::size_t last_row_ = 0;  // where in the block it begins
  Waker waker_;
  IoThread* io_;
  std::atomic<State> state_{State::kNothingAsked};
  Block block_;
  std::exception_ptr failure_;
  std::chrono::steady_clock::time_point look_at_ = std::chrono::steady_clock::time_point::min();  // of the worker
  std::atomic<std::int64_t> greatest_{kUnknown};
};

}  // namespace weir::detail::sqlite
