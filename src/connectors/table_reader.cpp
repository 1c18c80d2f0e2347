#include "weir/detail/table_reader.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <exception>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connectors/input_error.hpp"
#include "sqlite/database.hpp"
#include "weir/detail/table_row.hpp"
#include "weir/errors.hpp"

namespace weir::connectors {
namespace {

using detail::TableValue;
using sqlite::Database;
using sqlite::Statement;

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

std::string place_of(const detail::InputTable& table) { return fmt::format("{}:{}", table.path, table.name); }

}  // namespace

/// Reads the rows of a table in blocks on the I/O thread, one block ahead of the worker that uses it. A block is a
/// query of its own, so that no transaction stays open.
class TableQuery : public std::enable_shared_from_this<TableQuery> {
 public:
  TableQuery(const detail::InputTable& table, std::int64_t last, const OpenContext& context)
      : table_{table},
        database_{table.path, Database::Mode::kReadOnly},
        sql_{query(table)},
        last_{last},
        waker_{context.waker},
        io_{&context.io} {
    database_.run("PRAGMA busy_timeout=10000");
    const Statement columns_are_there{database_, sql_.c_str()};
  }

  // From the worker.
  void request() {
    state_.store(State::kAsked, std::memory_order_release);
    // The partition and the job share the query: the job may still run when the partition is gone.
    io_->submit([self = shared_from_this()] { self->read(); });
  }

  [[nodiscard]] bool asked() const noexcept { return state_.load(std::memory_order_relaxed) != State::kNothingAsked; }

  /// Takes the rows that were read, none if there were no more; nothing if they are not there yet.
  std::optional<std::string> take() {
    switch (state_.load(std::memory_order_acquire)) {  // pairs with the store in finish
      case State::kRead:
        state_.store(State::kNothingAsked, std::memory_order_relaxed);
        return std::move(block_);
      case State::kFailed:
        std::rethrow_exception(failure_);
      case State::kNothingAsked:
      case State::kAsked:
        break;
    }
    return std::nullopt;
  }

 private:
  enum class State : std::uint8_t { kNothingAsked, kAsked, kRead, kFailed };

  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
  static constexpr std::size_t kBlockRows = 4096;

  static std::string query(const detail::InputTable& table) {
    std::vector<std::string> columns{sqlite::quoted(table.by)};
    std::ranges::transform(table.columns, std::back_inserter(columns),
                           [](const std::string& name) { return sqlite::quoted(name); });
    return fmt::format("SELECT {0} FROM {1} WHERE {2} > ? ORDER BY {2}", fmt::join(columns, ", "),
                       sqlite::quoted(table.name), sqlite::quoted(table.by));
  }

  // On the I/O thread from here.
  void read() {
    try {
      block_.clear();
      Statement rows{database_, sql_.c_str()};
      rows.with(last_);
      for (std::size_t row = 0; row < kBlockRows && block_.size() < kBlockBytes && rows.next(); ++row) {
        add(rows);
      }
      finish(State::kRead);
    } catch (...) {
      failure_ = std::current_exception();
      finish(State::kFailed);
    }
  }

  void add(const Statement& row) {
    const TableValue by = value_of(row, 0);
    if (by.type != TableValue::Type::kInteger) {
      detail::fail_type(table_.by, by, "the integers of a column that grows");
    }
    if (by.integer == last_ && added_) {
      throw InputError{fmt::format("{}: two rows have {} {}; the column that grows needs differing integers",
                                   place_of(table_), table_.by, last_)};
    }
    last_ = by.integer;
    added_ = true;
    detail::add_value(block_, by);
    for (std::size_t column = 0; column < table_.columns.size(); ++column) {
      detail::add_value(block_, value_of(row, static_cast<int>(column) + 1));
    }
  }

  void finish(State state) {
    state_.store(state, std::memory_order_release);
    waker_.wake();
  }

  detail::InputTable table_;
  Database database_;
  std::string sql_;
  std::int64_t last_;
  Waker waker_;
  IoThread* io_;
  std::atomic<State> state_{State::kNothingAsked};
  std::string block_;
  bool added_ = false;
  std::exception_ptr failure_;
};

}  // namespace weir::connectors

namespace weir::detail {
namespace {

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

std::int64_t parse_position(const std::optional<std::string>& position) {
  std::int64_t last = kNone;
  if (position) {
    const char* const end = position->data() + position->size();
    if (const auto parsed = std::from_chars(position->data(), end, last);
        parsed.ec != std::errc{} || parsed.ptr != end) {
      connectors::refuse_input(fmt::format("the position \"{}\" is none of a table", *position));
    }
  }
  return last;
}

}  // namespace

TableReader::TableReader(InputTable table, const std::optional<std::string>& position, const OpenContext& context)
    : table_{std::move(table)}, last_{parse_position(position)} {
  try {
    query_ = std::make_shared<connectors::TableQuery>(table_, last_, context);
  } catch (const sqlite::Error& error) {
    throw UsageError{fmt::format("table \"{}\" of \"{}\" cannot be read: {}", table_.name, table_.path, error.what())};
  }
}

TableReader::~TableReader() = default;

TableReader::Next TableReader::next() {
  if (rows_.empty()) {
    if (!query_->asked()) {
      pause_ = std::chrono::nanoseconds::max();
      query_->request();
      return Next::kNothing;
    }
    std::optional<std::string> block = query_->take();
    if (!block) {
      return Next::kNothing;
    }
    if (block->empty()) {
      pause_ = table_.follow.value_or(std::chrono::milliseconds{0});
      return table_.follow ? Next::kNothing : Next::kEnd;
    }
    block_ = std::move(*block);
    rows_ = block_;
    query_->request();
  }
  last_ = take_value(rows_)->integer;
  row_ = rows_;
  for (std::size_t column = 0; column < table_.columns.size(); ++column) {
    static_cast<void>(take_value(rows_));
  }
  return Next::kRow;
}

std::string TableReader::place() const {
  return fmt::format("{}: {} {}", connectors::place_of(table_), table_.by, last_);
}

void TableReader::fail_nested() const { connectors::fail_input_nested(place()); }

}  // namespace weir::detail
