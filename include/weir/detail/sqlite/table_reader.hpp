#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/source.hpp"

namespace weir::detail::sqlite {
class TableQuery;
struct TablePlace;
}  // namespace weir::detail::sqlite

namespace weir::detail::sqlite {

/// A table to read.
struct InputTable {
  std::string path;  ///< of the database
  std::string name;
  std::vector<std::string> columns;
  std::string by;                                   ///< the column that grows
  std::optional<std::chrono::milliseconds> follow;  ///< how often it looks for new rows; nothing: it ends
};

/// @throws BuildError  if the interval is out of range
void check_follow(const InputTable& table, std::chrono::milliseconds interval);

/// The name of the table in the database; the given name, if there is no such table.
[[nodiscard]] std::string declared_name(const InputTable& table);

/// The tables that are read; for a view, also the tables that it reads.
[[nodiscard]] std::vector<Resource> input_resources(const InputTable& table);

/// Returns the rows of a table one by one, in the encoding of `table_row.hpp`. Reads in blocks on the I/O thread.
class TableReader {
 public:
  /// @param position  an earlier result of `position`, of the same table
  /// @throws UsageError     if the table cannot be read
  /// @throws RecoveryError  if the position is of another table, so that rows could be skipped
  TableReader(InputTable table, const std::optional<std::string>& position, const OpenContext& context);
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;
  ~TableReader();

  enum class Next : std::uint8_t {
    kRow,
    kNothing,  ///< ask again after `pause`, or when the waker is called
    kEnd,
  };

  /// Moves to the next row.
  Next next();

  /// The row; more bytes may follow it.
  [[nodiscard]] std::string_view row() const noexcept { return fields_; }

  /// The place of the row, for messages.
  [[nodiscard]] std::string place() const;

  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept { return pause_; }

  /// Throws an InputError that names the row, with the current exception nested.
  [[noreturn]] void fail_nested() const;

  /// The position after the row, as bytes that the constructor understands.
  [[nodiscard]] std::string position() const;

  [[nodiscard]] bool ends() const noexcept { return !table_.follow; }

  /// How many rows were read, of how many: those to come are estimated by the greatest number and by how close the
  /// numbers are that were read. Nothing until both are known. Has the I/O thread look for the greatest now and then.
  [[nodiscard]] std::optional<SourceProgress> progress() const;

 private:
  [[nodiscard]] std::optional<std::uint64_t> rows_left() const;

  InputTable table_;
  std::shared_ptr<TableQuery> query_;  // shared with its jobs on the I/O thread
  std::string block_;
  std::string_view row_;                   // and the rest of the block, as for the next two
  std::string_view fields_;                // without the growing column
  std::string_view rows_;                  // those after it in the block
  std::unique_ptr<TablePlace> read_upto_;  // before this run's first row
  bool has_row_ = false;
  std::int64_t first_ = 0;       // the growing column of this run's first row
  std::int64_t last_ = 0;        // that of the row
  std::uint64_t row_count_ = 0;  // of all runs, up to the row
  std::uint64_t rows_here_ = 0;  // of this run
  bool ended_ = false;
  std::int64_t schema_ = 0;  // of the block
  std::chrono::nanoseconds pause_ = std::chrono::nanoseconds::max();
};

/// A table as a partition of a source.
template <typename C>
class TablePartition final : public SourcePartition<typename C::Value> {
 public:
  TablePartition(C columns, const InputTable& table, const std::optional<std::string>& position,
                 const OpenContext& context)
      : columns_{std::move(columns)}, reader_{table, position, context} {}

  Poll poll(Emit<typename C::Value>& emit) override {
    while (emit.open()) {
      switch (reader_.next()) {
        case TableReader::Next::kRow:
          emit_row(emit);
          break;
        case TableReader::Next::kNothing:
          return Poll::idle(reader_.pause());
        case TableReader::Next::kEnd:
          return Poll::end();
      }
    }
    return Poll::more();
  }

  [[nodiscard]] std::string position() const override { return reader_.position(); }
  [[nodiscard]] bool ends() const override { return reader_.ends(); }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return reader_.progress(); }

 private:
  void emit_row(Emit<typename C::Value>& emit) {
    typename C::Value item{};
    try {
      std::string_view row = reader_.row();
      columns_.read(row, item);
    } catch (const std::exception& error) {
      if (!emit.takes_bad_records()) {
        reader_.fail_nested();
      }
      emit.bad_record(reader_.place() + ": " + error.what(), {});
      return;
    }
    emit(std::move(item));
  }

  C columns_;
  TableReader reader_;
};

}  // namespace weir::detail::sqlite
