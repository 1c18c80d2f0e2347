#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "database/database.hpp"
#include "os/file_lock.hpp"
#include "output/segment.hpp"
#include "weir/sqlite.hpp"

namespace weir::detail::sqlite {

/// Puts encoded rows into a table.
class TableInserter {
 public:
  /// Makes database and table if they are not there.
  /// @throws UsageError  if rows of these columns cannot be put into the table, or another run has it locked
  explicit TableInserter(const OutputTable& table);

  [[nodiscard]] database::Database& database() noexcept { return database_; }

  /// The table's name as the database has it.
  [[nodiscard]] const std::string& table() const noexcept { return table_; }

  /// Inserts whole rows off the front of the bytes. Within a transaction of the caller.
  void insert(std::string_view& rows);

  /// Whether the table could refuse a row: it has constraints or triggers that are not ours.
  [[nodiscard]] bool may_refuse() const noexcept { return may_refuse_; }

  /// Whether it made the table, since there was none.
  [[nodiscard]] bool made() const noexcept { return made_; }

 private:
  void find_or_make(const OutputTable& table);

  database::Database database_;
  os::LockFile lock_;
  std::string table_;
  std::size_t columns_;
  std::string insert_sql_;
  bool may_refuse_ = false;
  bool made_ = false;
};

/// A table as the place where segments go. Its row in `weir_epochs` says how much of them it holds.
class TableTarget final : public output::SegmentTarget {
 public:
  /// @param committed_bytes  0: nothing was committed, by this run's recovery directory
  /// @throws UsageError  if the table cannot be written
  TableTarget(const OutputTable& table, std::uint64_t execution, std::uint64_t committed_bytes);

  /// The table's name as the database has it.
  [[nodiscard]] const std::string& table() const noexcept { return inserter_.table(); }

  [[nodiscard]] std::uint64_t length() override { return bytes_; }
  void check(const std::vector<const os::File*>& waiting) override;
  void add(const output::Segment& segment, const os::File& bytes) override;

 private:
  void take_over(std::uint64_t committed_bytes);
  void insert(const os::File& segment);

  std::uint64_t execution_;
  TableInserter inserter_;
  std::uint64_t bytes_ = 0;
};

/// The path of a table's pending segments, without `-EXECUTION-NUMBER`.
/// @param database  its path
/// @param table     as the database has it
[[nodiscard]] std::filesystem::path pending_path_of(const std::filesystem::path& database, const std::string& table);

}  // namespace weir::detail::sqlite
