#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "database/database.hpp"
#include "database/name.hpp"
#include "io/io_jobs.hpp"
#include "output/blocks.hpp"
#include "output/segment_partition.hpp"
#include "output/segment_writer.hpp"
#include "sqlite/table_target.hpp"
#include "weir/detail/sqlite/table_row.hpp"
#include "weir/errors.hpp"
#include "weir/sqlite.hpp"

namespace weir::detail::sqlite {
namespace {

/// Puts rows into a table a transaction at a time, without regard for epochs.
class TableJobs final : public io::IoJobs {
 public:
  TableJobs(const OutputTable& table, const OpenContext& context)
      : io::IoJobs{context.waker, context.io}, inserter_{table} {}

  void insert(std::string block) {
    const std::uint64_t bytes = block.size();
    submit(bytes, [this, block = std::move(block)] {
      database::Transaction transaction{inserter_.database()};
      std::string_view rows = block;
      inserter_.insert(rows);
      transaction.commit();
    });
  }

 private:
  TableInserter inserter_;
};

/// Rows that go into a table about as they come: a transaction takes much longer than a row, so while one is under way
/// the next one's rows are collected.
class TableWriter final : public SinkPartition<std::string> {
 public:
  explicit TableWriter(std::shared_ptr<TableJobs> jobs) : jobs_{std::move(jobs)} {}

  void write(std::string&& row) override { rows_.add(row); }

  [[nodiscard]] bool ready() override {
    if (rows_.full()) {
      flush();
    }
    return jobs_->waiting_bytes() + rows_.size() < output::kMaxWaitingBytes;
  }

  void flush() override {
    if (!rows_.empty() && jobs_->waiting_bytes() == 0) {
      jobs_->insert(rows_.take());
    }
  }

  [[nodiscard]] bool drained() override {
    flush();
    return jobs_->waiting_bytes() == 0;
  }

 private:
  std::shared_ptr<TableJobs> jobs_;
  output::Blocks rows_{""};
};

template <typename Open>
auto opened(const OutputTable& table, Open open) {
  try {
    return open();
  } catch (const UsageError&) {
    throw;
  } catch (const RecoveryError&) {
    throw;
  } catch (const std::exception& error) {
    const std::string what =
        fmt::format("table \"{}\" of \"{}\" cannot be written: {}", table.name, table.path, error.what());
    if (const auto* sql = dynamic_cast<const database::Error*>(&error); sql != nullptr && sql->code() == SQLITE_FULL) {
      throw std::runtime_error{what};  // no mistake of the command line: there may be room later
    }
    throw UsageError{what};
  }
}

}  // namespace
}  // namespace weir::detail::sqlite

namespace weir::detail::sqlite {

void check_key_values(const OutputTable& table, std::string_view row) {
  for (const std::string& column : table.columns) {
    const TableValue value = take_value(row).value_or(TableValue{});
    const auto is_it = [&](const std::string& key) { return database::same_name(key, column); };
    if (value.type == TableValue::Type::kNull && std::ranges::any_of(table.key, is_it)) {
      throw std::runtime_error{fmt::format(
          "a row has no value in the column \"{}\", which is in the key of table \"{}\"; give it one, or leave "
          "such rows out",
          column, table.name)};
    }
  }
}

std::vector<Resource> output_resources(const OutputTable& table) {
  return {Resource::table(table.path, table.name),
          Resource::file(pending_path_of(table.path, database::without_schema(table.name)).string())};
}

std::unique_ptr<SinkPartition<std::string>> open_table_writer(const OutputTable& table, const OpenContext& context) {
  return opened(table, [&] { return std::make_unique<TableWriter>(std::make_shared<TableJobs>(table, context)); });
}

std::unique_ptr<TransactionalPartition<std::string>> open_committed_table(const OutputTable& table,
                                                                          const OpenContext& context,
                                                                          const SinkResume& resume) {
  return opened(table, [&] {
    auto target = std::make_unique<TableTarget>(table, resume.execution, output::committed_bytes(resume));
    const std::string output = fmt::format("{} of {}", table.name, table.path);
    const std::filesystem::path pending = pending_path_of(table.path, target->table());
    return std::make_unique<output::SegmentPartition>(
        std::make_shared<output::SegmentWriter>(std::move(target), output, pending, resume, context), "");
  });
}

}  // namespace weir::detail::sqlite
