#include "weir/detail/sqlite/table_reader.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "database/database.hpp"
#include "database/name.hpp"
#include "io/input_error.hpp"
#include "os/steady_clock.hpp"
#include "sqlite/table_query.hpp"
#include "weir/detail/sqlite/table_row.hpp"
#include "weir/errors.hpp"

namespace weir::detail::sqlite {

std::string declared_name(const InputTable& table) {
  std::string name = database::without_schema(table.name);
  try {
    const std::string declared =
        database::Database{table.path, database::Database::Mode::kReadOnly}.declared_name(name);
    return declared.empty() ? name : declared;
  } catch (const database::Error&) {  // who opens the table says what is wrong
    return name;
  }
}

std::vector<Resource> input_resources(const InputTable& table) {
  std::vector<Resource> resources{Resource::table(table.path, table.name)};
  try {
    database::Database database{table.path, database::Database::Mode::kReadOnly};
    for (std::string& name : database.tables_read_by(select_sql(table))) {
      resources.push_back(Resource::table(table.path, std::move(name)));
    }
  } catch (const database::Error&) {  // NOLINT(bugprone-empty-catch): who opens the table says what is wrong
  }
  return resources;
}

void check_follow(const InputTable& table, std::chrono::milliseconds interval) {
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours{24 * 365 * 36};
  if (interval.count() <= 0 || interval > kLongest) {
    throw BuildError{fmt::format("table \"{}\" of \"{}\": follow is {} ms; it must be positive, and at most 36 years",
                                 table.name, table.path, interval.count())};
  }
}

TableReader::TableReader(InputTable table, const std::optional<std::string>& position, const OpenContext& context)
    : table_{std::move(table)} {
  const TablePlace place = position ? TablePlace::of(*position, table_) : TablePlace{};
  try {
    query_ = std::make_shared<TableQuery>(table_, place, context);
    read_upto_ = std::make_unique<TablePlace>(query_->check_resumed());
  } catch (const database::Error& error) {
    throw UsageError{fmt::format("table \"{}\" of \"{}\" cannot be read: {}", table_.name, table_.path, error.what())};
  }
  row_count_ = read_upto_->rows.value_or(0);
}

TableReader::~TableReader() = default;

TableReader::Next TableReader::next() {
  if (rows_.empty()) {
    if (!query_->asked()) {
      pause_ = std::chrono::nanoseconds::max();
      query_->request();
      return Next::kNothing;
    }
    std::optional<TableQuery::Block> block = query_->take();
    if (!block) {
      return Next::kNothing;
    }
    if (block->from_the_beginning) {
      has_row_ = false;
      row_count_ = 0;
      rows_here_ = 0;
      *read_upto_ = {};
    }
    if (block->rows.empty()) {
      pause_ = table_.follow.value_or(std::chrono::milliseconds{0});
      ended_ = !table_.follow;
      return table_.follow ? Next::kNothing : Next::kEnd;
    }
    block_ = std::move(block->rows);
    schema_ = block->schema;
    rows_ = block_;
    query_->request();
  }
  row_ = rows_;
  last_ = take_value(rows_)->integer;
  first_ = rows_here_ == 0 ? last_ : first_;
  has_row_ = true;
  ++row_count_;
  ++rows_here_;
  fields_ = rows_;
  for (std::size_t column = 0; column < table_.columns.size(); ++column) {
    static_cast<void>(take_value(rows_));
  }
  return Next::kRow;
}

std::string TableReader::position() const {
  if (!has_row_) {
    return read_upto_->position(table_);
  }
  const std::string_view row = row_.substr(0, row_.size() - rows_.size());
  return TablePlace{.last = last_, .rows = row_count_, .row_digest = digest_of(row), .schema = schema_}.position(
      table_);
}

std::optional<SourceProgress> TableReader::progress() const {
  const std::optional<std::uint64_t> left = rows_left();
  return left ? std::optional{SourceProgress{.done = row_count_,
                                             .total = row_count_ + *left,
                                             .unit = SourceProgress::Unit::kItems,
                                             .grows = table_.follow.has_value()}}
              : std::nullopt;
}

// To count the rows, SQLite would read all of them. Their numbers differ, so there are at most as many as numbers.
std::optional<std::uint64_t> TableReader::rows_left() const {
  if (ended_) {
    return 0;
  }
  const std::optional<std::int64_t> greatest = query_->greatest(os::steady_now());
  if (!greatest) {
    return std::nullopt;
  }
  const std::optional<std::int64_t> last = has_row_ ? std::optional{last_} : read_upto_->last;
  if (*greatest == TableQuery::kNoRow || (last && *greatest <= *last)) {
    return 0;
  }
  if (rows_here_ == 0) {
    return std::nullopt;
  }
  const auto numbers_from = [](std::int64_t from, std::int64_t to) {
    return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
  };
  const double rows_per_number = static_cast<double>(rows_here_) / (numbers_from(first_, last_) + 1);
  constexpr double kMost = 9e18;
  return static_cast<std::uint64_t>(std::min(std::round(rows_per_number * numbers_from(last_, *greatest)), kMost));
}

std::string TableReader::place() const { return fmt::format("{}: {} {}", place_of(table_), table_.by, last_); }

void TableReader::fail_nested() const { io::fail_input_nested(place()); }

}  // namespace weir::detail::sqlite
