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

namespace weir::connectors {
class TableQuery;
}

namespace weir::detail {

/// A table to read.
struct InputTable {
  std::string path;  ///< of the database
  std::string name;
  std::vector<std::string> columns;
  std::string by;                                   ///< the column that grows
  std::optional<std::chrono::milliseconds> follow;  ///< how often it looks for new rows; nothing: it ends
};

/// Gives the rows of a table one by one, as encodings of `table_row.hpp`. They are read in blocks on the I/O thread.
class TableReader {
 public:
  /// @param position  what `position` said before, of the same table
  /// @throws UsageError  if the table cannot be read
  TableReader(InputTable table, const std::optional<std::string>& position, const OpenContext& context);
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;
  ~TableReader();

  enum class Next : std::uint8_t {
    kRow,
    kNothing,  ///< ask again after `pause`, or when the waker is called
    kEnd,
  };

  /// Goes to the next row.
  Next next();

  /// The row; more may stand behind it.
  [[nodiscard]] std::string_view row() const noexcept { return row_; }

  /// Which row it is.
  [[nodiscard]] std::string place() const;

  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept { return pause_; }

  /// Throws an InputError that names the row, with what is being handled nested.
  [[noreturn]] void fail_nested() const;

  /// Behind the row, as bytes that the constructor understands.
  [[nodiscard]] std::string position() const { return std::to_string(last_); }

  [[nodiscard]] bool ends() const noexcept { return !table_.follow; }

 private:
  InputTable table_;
  std::shared_ptr<connectors::TableQuery> query_;  // shared with its jobs on the I/O thread
  std::string block_;
  std::string_view row_;
  std::string_view rows_;  // of the block, those behind it
  std::int64_t last_;      // the growing column of the row; the least number if there was none
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

}  // namespace weir::detail
